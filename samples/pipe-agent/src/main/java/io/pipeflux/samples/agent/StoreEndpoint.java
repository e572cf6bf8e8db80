package io.pipeflux.samples.agent;

import java.net.URI;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The endpoint of a store other than AWS.
 *
 * @param origin the setting that the endpoint is from, such as {@code --endpoint}
 */
record StoreEndpoint(URI url, String origin) {

    static final String OPTION = "--endpoint";

    /**
     * Returns the endpoint that a client uses, or null if the client uses the AWS endpoint of its region.
     *
     * @param option the value of {@code --endpoint}, or null
     */
    static @Nullable StoreEndpoint find(@Nullable URI option) {
        if (option != null) {
            return new StoreEndpoint(option, OPTION);
        }
        try (S3AsyncClient client = S3Client.build(null, S3Client.ANY_REGION.id())) {
            return client.serviceClientConfiguration()
                    .endpointOverride()
                    .map(used -> new StoreEndpoint(
                            used, origin(used, System::getenv, System::getProperty, ProfileFiles::load)))
                    .orElse(null);
        }
    }

    /** Describes the setting that contains this endpoint. If several do, describes the one that the SDK prefers. */
    static String origin(
            URI used,
            Function<String, @Nullable String> environment,
            Function<String, @Nullable String> properties,
            Supplier<ProfileFile> profiles) {
        for (Map.Entry<String, Supplier<@Nullable String>> setting :
                EndpointSettings.of(environment, properties, profiles).entrySet()) {
            if (used.toString().equals(setting.getValue().get())) {
                return setting.getKey();
            }
        }
        return "the configuration of the AWS SDK";
    }

    @Override
    public String toString() {
        return url + ", from " + origin;
    }
}
