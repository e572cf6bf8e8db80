package io.pipeflux.s3;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * The checksum that a store states for the bytes of a whole object, or the reason why there is none to verify it by.
 *
 * @param kind null if there is none
 * @param value in Base64, or the reason
 * @param etag the version that the checksum belongs to, or null if the store does not state it
 */
record StatedChecksum(
        @Nullable SumKind kind, String value, @Nullable String etag) {

    /** The header that asks for checksums. Set as the request's member, it would make the SDK compute them, too. */
    static final String MODE_HEADER = "x-amz-checksum-mode";

    static final String MODE = "ENABLED";

    private static final String WHOLE = "FULL_OBJECT";

    /** A sum of the parts' sums, as {@code AAAAAA==-3}. */
    private static final Pattern COMPOSITE = Pattern.compile(".*-\\d+");

    private static final Pattern MULTIPART_ETAG = Pattern.compile(".*-\\d+\"?");

    static StatedChecksum none(String reason) {
        return new StatedChecksum(null, reason, null);
    }

    static StatedChecksum of(GetObjectResponse answer, List<SumKind> usable) {
        Map<SumKind, @Nullable String> values = new EnumMap<>(SumKind.class);
        values.put(SumKind.CRC32C, answer.checksumCRC32C());
        values.put(SumKind.CRC32, answer.checksumCRC32());
        values.put(SumKind.CRC64NVME, answer.checksumCRC64NVME());
        values.put(SumKind.SHA1, answer.checksumSHA1());
        values.put(SumKind.SHA256, answer.checksumSHA256());
        return of(values, answer.checksumTypeAsString(), answer.eTag(), usable);
    }

    static StatedChecksum of(HeadObjectResponse answer, List<SumKind> usable) {
        Map<SumKind, @Nullable String> values = new EnumMap<>(SumKind.class);
        values.put(SumKind.CRC32C, answer.checksumCRC32C());
        values.put(SumKind.CRC32, answer.checksumCRC32());
        values.put(SumKind.CRC64NVME, answer.checksumCRC64NVME());
        values.put(SumKind.SHA1, answer.checksumSHA1());
        values.put(SumKind.SHA256, answer.checksumSHA256());
        return of(values, answer.checksumTypeAsString(), answer.eTag(), usable);
    }

    private static StatedChecksum of(
            Map<SumKind, @Nullable String> values, @Nullable String type, @Nullable String etag, List<SumKind> usable) {
        values.values().removeIf(Objects::isNull);
        if (values.isEmpty()) {
            return none("the store states none");
        }
        for (SumKind kind : usable) {
            String value = values.get(kind);
            if (value != null && isOfTheWhole(kind, value, type, etag)) {
                return new StatedChecksum(kind, value, etag);
            }
        }
        SumKind first = values.keySet().iterator().next();
        if (!usable.contains(first)) {
            ChecksumNotes.costly(first);
            return none(first + " costs much to compute");
        }
        return none(first + " " + values.get(first) + " is a sum of the parts that were uploaded, not of the bytes");
    }

    /**
     * Returns whether the checksum is that of the object's bytes. Stores that do not state the type may omit the suffix
     * of a composite checksum, so an object of several parts is not judged by it.
     */
    private static boolean isOfTheWhole(SumKind kind, String value, @Nullable String type, @Nullable String etag) {
        if (COMPOSITE.matcher(value).matches()) {
            return false;
        }
        return type != null
                ? type.equals(WHOLE)
                : kind == SumKind.CRC64NVME
                        || etag == null
                        || !MULTIPART_ETAG.matcher(etag).matches();
    }

    @Override
    public String toString() {
        return kind == null ? value : kind + " " + value;
    }
}
