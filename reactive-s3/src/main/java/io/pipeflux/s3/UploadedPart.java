package io.pipeflux.s3;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * One of the parts in which an object was uploaded, as the store describes it.
 *
 * @param size the number of bytes, or -1 if the store does not state it
 * @param checksum the checksum in Base64, or null if the store does not state it
 */
record UploadedPart(long size, @Nullable String checksum) {

    static final UploadedPart UNKNOWN = new UploadedPart(-1, null);

    /** @param answer the response to a HEAD that has requested the part by its number */
    static UploadedPart of(HeadObjectResponse answer, SumKind kind) {
        Long size = answer.contentLength();
        String checksum = switch (kind) {
            case CRC32C -> answer.checksumCRC32C();
            case CRC32 -> answer.checksumCRC32();
            case CRC64NVME -> answer.checksumCRC64NVME();
            case SHA1 -> answer.checksumSHA1();
            case SHA256 -> answer.checksumSHA256();
        };
        // only the composite checksum of an object has a hyphen, because Base64 has none
        boolean isOfObject = checksum != null && checksum.indexOf('-') >= 0;
        return new UploadedPart(size == null ? -1 : size, isOfObject ? null : checksum);
    }
}
