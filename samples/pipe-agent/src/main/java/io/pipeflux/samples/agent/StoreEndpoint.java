package io.pipeflux.samples.agent;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
                            used, origin(used, System::getenv, System::getProperty, ProfileFiles::load)))
                    .orElse(null);
        }
    }

    /**
     * Checks the endpoint that the SDK will find in the environment, the system properties or a profile.
     *
     * @throws InputException if no request can be sent to this endpoint. The message names the setting
     */
    static void check() {
        check(System::getenv, System::getProperty, ProfileFiles::load);
    }

    static void check(
            UnaryOperator<@Nullable String> environment,
            UnaryOperator<@Nullable String> properties,
            Supplier<ProfileFile> profiles) {
        for (Map.Entry<String, Supplier<@Nullable String>> setting :
                settings(environment, properties, profiles).entrySet()) {
            String value = setting.getValue().get();
            if (value != null) {
                try {
                    StoreUrl.parse(value.strip());
                } catch (InputException e) {
                    throw new InputException("the endpoint from " + setting.getKey() + ": " + e.getMessage()
                            + (value.isBlank() ? ": remove this setting for AWS" : ""));
                }
                return; // the SDK uses the first one
            }
        }
    }

    /** Describes the setting that contains this endpoint. If several do, describes the one that the SDK prefers. */
    static String origin(
            URI used,
            UnaryOperator<@Nullable String> environment,
            UnaryOperator<@Nullable String> properties,
            Supplier<ProfileFile> profiles) {
        for (Map.Entry<String, Supplier<@Nullable String>> setting :
                settings(environment, properties, profiles).entrySet()) {
            if (used.toString().equals(setting.getValue().get())) {
                return setting.getKey();
            }
        }
        return "the configuration of the AWS SDK";
    }

    /** Returns the settings that may contain an endpoint, in the order in which the SDK looks them up. */
    private static Map<String, Supplier<@Nullable String>> settings(
            UnaryOperator<@Nullable String> environment,
            UnaryOperator<@Nullable String> properties,
            Supplier<ProfileFile> profiles) {
        Map<String, Supplier<@Nullable String>> settings = new LinkedHashMap<>();
        settings.put("the system property aws.endpointUrlS3", () -> properties.apply("aws.endpointUrlS3"));
        settings.put("the environment: AWS_ENDPOINT_URL_S3", () -> environment.apply("AWS_ENDPOINT_URL_S3"));
        settings.put("the system property aws.endpointUrl", () -> properties.apply("aws.endpointUrl"));
        settings.put("the environment: AWS_ENDPOINT_URL", () -> environment.apply("AWS_ENDPOINT_URL"));
        String inProperties = properties.apply("aws.profile");
        String inEnvironment = environment.apply("AWS_PROFILE");
        String name = inProperties != null ? inProperties : inEnvironment != null ? inEnvironment : "default";
        settings.put("the profile '" + name + "': its services", () -> ofService(profiles.get(), name));
        settings.put(
                "the profile '" + name + "': " + URL,
                () -> profiles.get()
                        .profile(name)
                        .flatMap(profile -> profile.property(URL))
                        .orElse(null));
        return settings;
    }

    private static @Nullable String ofService(ProfileFile file, String name) {
        return file.profile(name)
                .flatMap(profile -> profile.property("services"))
                .flatMap(section -> file.getSection("services", section))
                .flatMap(section -> section.property(SERVICE + URL))
                .orElse(null);
    }

    @Override
    public String toString() {
        return url + ", from " + origin;
    }
}
