package io.pipeflux.s3;

import io.pipeflux.s3.Upload.SentPart;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Request;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * Creates the requests of an upload. Settings that a user adds to the first request are copied to all later requests
 * that support them.
 */
final class WriteRequests {

    /**
     * The metadata key of an upload's mark. If a commit is repeated, the mark shows whether the object was written by
     * this upload.
     */
    static final String MARK = "pipeflux-upload";

    private static final String WEAK = "W/";

    /**
     * The fields that are not copied, because this class sets them itself, or because they differ between the requests.
     */
    private static final Set<String> NOT_COPIED = Set.of("ChecksumAlgorithm", "ChecksumType", "Metadata");

    private final S3WriteOptions options;
    private final ClientRetries retries;

    WriteRequests(S3WriteOptions options, ClientRetries retries) {
        this.options = options;
        this.retries = retries;
    }

    CreateMultipartUploadRequest create(S3Uri object, String mark, boolean summed) {
        CreateMultipartUploadRequest pattern = pattern(object);
        Map<String, String> metadata = new HashMap<>(pattern.metadata());
        metadata.put(MARK, mark);
        return pattern.toBuilder()
                .metadata(metadata)
                .checksumAlgorithm(summed ? ChecksumAlgorithm.CRC32_C : null)
                .checksumType(summed ? ChecksumType.FULL_OBJECT : null)
                .overrideConfiguration(configuration(pattern, summed))
                .build();
    }

    UploadPartRequest part(S3Uri object, String id, int number, @Nullable String sum) {
        CreateMultipartUploadRequest pattern = pattern(object);
        return copy(pattern, UploadPartRequest.builder())
                .uploadId(id)
                .partNumber(number)
                .checksumCRC32C(sum)
                .overrideConfiguration(configuration(pattern, sum != null))
                .build();
    }

    PutObjectRequest put(S3Uri object, @Nullable String sum) {
        CreateMultipartUploadRequest pattern = pattern(object);
        return copy(pattern, PutObjectRequest.builder())
                .metadata(pattern.hasMetadata() ? pattern.metadata() : null)
                .checksumCRC32C(sum)
                .overrideConfiguration(configuration(pattern, sum != null))
                .build();
    }

    CompleteMultipartUploadRequest complete(Upload upload) {
        CreateMultipartUploadRequest pattern = pattern(upload.object());
        List<CompletedPart> parts = upload.parts().stream()
                .map(it -> completed(it, upload.sum() != null))
                .toList();
        return copy(pattern, CompleteMultipartUploadRequest.builder())
                .uploadId(upload.id())
                .multipartUpload(all -> all.parts(parts))
                .mpuObjectSize(upload.size())
                .checksumCRC32C(upload.sum())
                .checksumType(upload.sum() == null ? null : ChecksumType.FULL_OBJECT)
                .overrideConfiguration(retries.off(pattern))
                .build();
    }

    /** @param summed whether all parts were sent with their checksums */
    private static CompletedPart completed(SentPart part, boolean summed) {
        return CompletedPart.builder()
                .partNumber(part.number())
                .eTag(strong(part.etag()))
                .checksumCRC32C(summed ? part.sum() : null)
                .build();
    }

    /**
     * Removes the prefix {@code W/}, which a proxy may have added to make an ETag weak. This is needed because the
     * store compares the ETag with its own strong ETag.
     */
    private static String strong(String etag) {
        return etag.startsWith(WEAK) ? etag.substring(WEAK.length()) : etag;
    }

    HeadObjectRequest head(S3Uri object) {
        CreateMultipartUploadRequest pattern = pattern(object);
        return copy(pattern, HeadObjectRequest.builder())
                .overrideConfiguration(retries.off(pattern))
                .build();
    }

    AbortMultipartUploadRequest abort(S3Uri object, String id) {
        CreateMultipartUploadRequest pattern = pattern(object);
        return copy(pattern, AbortMultipartUploadRequest.builder())
                .uploadId(id)
                .overrideConfiguration(retries.off(pattern))
                .build();
    }

    /**
     * Returns the request for a page of uploads.
     *
     * @param afterKey the key of the last upload of the previous page, or null for the first page
     * @param afterId the id of the last upload of the previous page, or null for the first page
     */
    ListMultipartUploadsRequest list(S3Uri prefix, @Nullable String afterKey, @Nullable String afterId) {
        CreateMultipartUploadRequest pattern = pattern(prefix);
        return ListMultipartUploadsRequest.builder()
                .bucket(prefix.bucket())
                .prefix(prefix.prefix())
                .encodingType(EncodingType.URL) // XML cannot represent every character of a key
                .keyMarker(afterKey)
                .uploadIdMarker(afterId)
                .requestPayer(pattern.requestPayer())
                .expectedBucketOwner(pattern.expectedBucketOwner())
                .overrideConfiguration(retries.off(pattern))
                .build();
    }

    /** Returns the request for the first object of a folder. */
    ListObjectsV2Request first(S3Uri folder) {
        CreateMultipartUploadRequest pattern = pattern(folder);
        return ListObjectsV2Request.builder()
                .bucket(folder.bucket())
                .prefix(folder.prefix())
                .maxKeys(1)
                .encodingType(EncodingType.URL)
                .requestPayer(pattern.requestPayer())
                .expectedBucketOwner(pattern.expectedBucketOwner())
                .overrideConfiguration(retries.off(pattern))
                .build();
    }

    private CreateMultipartUploadRequest pattern(S3Uri object) {
        return options.newRequest(object.bucket(), object.prefix());
    }

    private AwsRequestOverrideConfiguration configuration(S3Request pattern, boolean summed) {
        AwsRequestOverrideConfiguration configuration = retries.off(pattern);
        return summed ? configuration : ClientSums.off(configuration);
    }

    /** Copies all settings that both requests support, except for {@link #NOT_COPIED}. */
    private static <B extends SdkPojo> B copy(CreateMultipartUploadRequest from, B to) {
        for (SdkField<?> field : from.sdkFields()) {
            Object value = field.getValueOrDefault(from);
            SdkField<?> same = to.sdkFields().stream()
                    .filter(it -> it.memberName().equals(field.memberName()))
                    .findFirst()
                    .orElse(null);
            if (value != null && same != null && !NOT_COPIED.contains(field.memberName())) {
                same.set(to, value);
            }
        }
        return to;
    }
}
