package io.pipeflux.samples.agent;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The endpoint of a store other than AWS.
 *
 * @param origin the setting that the endpoint is from, such as {@code --endpoint}
 */
record StoreEndpoint(URI url, String origin) {

    static final String OPTION = "--endpoint";

    private static final String SERVICE = "s3.";
    private static final String URL = "endpoint_url";

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
                            used, origin(used, System::getenv, System::getProperty, ProfileFile::defaultProfileFile)))
                    .orElse(null);
        }
    }

    /** Describes the setting that contains this endpoint. If several do, describes the one that the SDK prefers. */
    static String origin(
            URI used,
            UnaryOperator<@Nullable String> environment,
            UnaryOperator<@Nullable String> properties,
            Supplier<ProfileFile> profiles) {
        // in the order in which the SDK looks them up
        Map<String, Supplier<@Nullable String>> settings = new LinkedHashMap<>();
        settings.put("the system property aws.endpointUrlS3", () -> properties.apply("aws.endpointUrlS3"));
        settings.put("the environment: AWS_ENDPOINT_URL_S3", () -> environment.apply("AWS_ENDPOINT_URL_S3"));
        settings.put("the system property aws.endpointUrl", () -> properties.apply("aws.endpointUrl"));
        settings.put("the environment: AWS_ENDPOINT_URL", () -> environment.apply("AWS_ENDPOINT_URL"));
        for (Map.Entry<String, Supplier<@Nullable String>> setting : settings.entrySet()) {
            if (used.toString().equals(setting.getValue().get())) {
                return setting.getKey();
            }
        }
        String inProperties = properties.apply("aws.profile");
        String inEnvironment = environment.apply("AWS_PROFILE");
        String name = inProperties != null ? inProperties : inEnvironment != null ? inEnvironment : "default";
        return profile(used, name, profiles.get()).orElse("the configuration of the AWS SDK");
    }

    private static Optional<String> profile(URI used, String name, ProfileFile file) {
        Optional<Profile> profile = file.profile(name);
        Optional<String> services = profile.flatMap(found -> found.property("services"));
        boolean ofService = services.flatMap(section -> file.getSection("services", section))
                .flatMap(section -> section.property(SERVICE + URL))
                .filter(used.toString()::equals)
                .isPresent();
        if (ofService) {
            return Optional.of("the profile '" + name + "': its services '" + services.get() + "'");
        }
        return profile.flatMap(found -> found.property(URL))
                .filter(used.toString()::equals)
                .map(found -> "the profile '" + name + "': " + URL);
    }

    @Override
    public String toString() {
        return url + ", from " + origin;
    }
}
