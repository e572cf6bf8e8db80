package io.pipeflux.samples.agent;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;

/** The program's client for S3 or a compatible store. The client is created once, when it is first needed. */
final class S3Client {

    /** A signature needs a region, and S3-compatible stores accept any region. */
    static final Region ANY_REGION = Region.US_EAST_1;

    private final Mono<S3AsyncClient> client;

    private S3Client(Mono<S3AsyncClient> client) {
        this.client = client;
    }

    /** Returns an instance whose client will use the SDK's default credentials. */
    static S3Client lazily(@Nullable URI endpoint, @Nullable String region) {
        return new S3Client(Mono.fromCallable(() -> build(endpoint, region))
                // creating the client loads many classes, so a separate thread creates it. In the meantime, the agent
                // can wait for the trainer to open a pipe
                .subscribeOn(Schedulers.boundedElastic())
                .cache());
    }

    /** Starts to create the client on another thread. If this fails, {@link #get} reports the error. */
    void load() {
        client.subscribe(made -> {}, failure -> {});
    }

    /** Returns the client, which stays open until the process ends. */
    Mono<S3AsyncClient> get() {
        return client;
    }

    /** Returns a new client, which the caller must close. */
    static S3AsyncClient build(@Nullable URI endpoint, @Nullable String region) {
        if (endpoint == null) {
            EndpointSettings.check();
        }
        S3AsyncClientBuilder builder = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                // optional checksums are disabled, because some S3-compatible stores respond to ranged reads with the
                // checksum of the whole object, and reject trailing checksums of uploads
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
        if (endpoint != null) {
            builder.endpointOverride(endpoint).forcePathStyle(true);
        }
        Region known = region != null ? Region.of(region) : endpoint != null ? ANY_REGION : ofTheSdk();
        S3AsyncClient client = built(builder.region(known == null ? ANY_REGION : known));
        if (known == null
                && client.serviceClientConfiguration().endpointOverride().isEmpty()) {
            client.close();
            throw new InputException("expected a region of AWS, but none is set: set --region or AWS_REGION, or"
                    + " --endpoint for another store");
        }
        return client;
    }

    private static S3AsyncClient built(S3AsyncClientBuilder builder) {
        try {
            return builder.build();
        } catch (RuntimeException e) { // the SDK does not name the profile file that it cannot parse
            throw ProfileFiles.explained(e);
        }
    }

    /** Returns the region that the SDK finds, or null if there is none. */
    static @Nullable Region ofTheSdk() {
        try {
            return DefaultAwsRegionProviderChain.builder().build().getRegion();
        } catch (SdkException e) { // none of the SDK's region providers knows a region
            return null;
        }
    }
}
