package io.pipeflux.samples.agent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.profiles.ProfileFile;

/** The settings outside this program in which the SDK looks for an endpoint. */
final class EndpointSettings {

    private static final String SERVICE = "s3.";
    private static final String URL = "endpoint_url";

    private EndpointSettings() {}

    /**
     * Checks the endpoint that the SDK will find in the environment, the system properties or a profile.
     *
     * @throws InputException if no request can be sent to this endpoint. The message names the setting
     */
    static void check() {
        check(System::getenv, System::getProperty, ProfileFiles::load);
    }

    static void check(
            Function<String, @Nullable String> environment,
            Function<String, @Nullable String> properties,
            Supplier<ProfileFile> profiles) {
        for (Map.Entry<String, Supplier<@Nullable String>> setting :
                of(environment, properties, profiles).entrySet()) {
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

    /** Returns the settings that may contain an endpoint, in the order in which the SDK looks them up. */
    static Map<String, Supplier<@Nullable String>> of(
            Function<String, @Nullable String> environment,
            Function<String, @Nullable String> properties,
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
}
