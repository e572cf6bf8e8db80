package io.pipeflux.samples.agent;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that select the S3 store. All commands share these options. */
final class StoreOptions {

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            converter = StoreUrl.class,
            description = "the URL of an S3-compatible store")
    @Nullable
    URI endpoint;

    @Option(
            names = "--region",
            paramLabel = "R",
            description = "the region of the buckets; by default the one that the AWS SDK finds")
    @Nullable
    String region;

    /** Returns a client for the store. The client is created when it is first needed. */
    S3Client client() {
        return S3Client.lazily(endpoint, region);
    }
}
