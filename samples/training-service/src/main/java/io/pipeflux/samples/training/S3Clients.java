package io.pipeflux.samples.training;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;

/** Creates clients for S3 and compatible stores. */
public final class S3Clients {

    private S3Clients() {}

    /** Returns a client with the SDK's default credentials. */
    public static S3AsyncClient create(@Nullable URI endpoint, @Nullable String region) {
        try {
            return builder(endpoint, region).build();
        } catch (SdkClientException e) {
            throw new IllegalArgumentException(
                    "expected a region from --region, AWS_REGION or ~/.aws/config, but got: " + e.getMessage(), e);
        }
    }

    static S3AsyncClientBuilder builder(@Nullable URI endpoint, @Nullable String region) {
        S3AsyncClientBuilder builder = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                // optional checksums are disabled, because some S3-compatible stores respond to ranged reads with the
                // checksum of the whole object, and reject trailing checksums of uploads
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
        if (endpoint != null) {
            builder.endpointOverride(endpoint).forcePathStyle(true);
        }
        if (region != null) {
            builder.region(Region.of(region));
        } else if (endpoint != null) {
            // a signature needs a region, and S3-compatible stores accept any region
            builder.region(Region.US_EAST_1);
        }
        return builder;
    }
}
