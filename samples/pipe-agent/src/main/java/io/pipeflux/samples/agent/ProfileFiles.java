package io.pipeflux.samples.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileLocation;

/** The two files that contain the AWS SDK's profiles: the configuration and the credentials. */
final class ProfileFiles {

    /** Describes a setting: its environment variable, and its system property. */
    private record Setting(String variable, String property) {

        /** Returns the name of the variable or the property if it is set, or null. */
        @Nullable
        String used(Function<String, @Nullable String> environment, Function<String, @Nullable String> properties) {
            return properties.apply(property) != null
                    ? property
                    : environment.apply(variable) != null ? variable : null;
        }
    }

    private static final Setting CONFIG = new Setting("AWS_CONFIG_FILE", "aws.configFile");
    private static final Setting CREDENTIALS = new Setting("AWS_SHARED_CREDENTIALS_FILE", "aws.sharedCredentialsFile");
    private static final Setting PROFILE = new Setting("AWS_PROFILE", "aws.profile");

    private ProfileFiles() {}

    /** Returns the profiles that the SDK uses. */
    static ProfileFile load() {
        try {
            return ProfileFile.defaultProfileFile();
        } catch (RuntimeException e) {
            throw explained(e);
        }
    }

    /**
     * Returns an error that names the profile file that cannot be parsed, because the SDK's error states only the line.
     * If both files can be parsed, returns the given failure.
     */
    static RuntimeException explained(RuntimeException failure) {
        Map<Path, ProfileFile.Type> files = new LinkedHashMap<>();
        files.put(ProfileFileLocation.configurationFilePath(), ProfileFile.Type.CONFIGURATION);
        files.put(ProfileFileLocation.credentialsFilePath(), ProfileFile.Type.CREDENTIALS);
        for (Map.Entry<Path, ProfileFile.Type> file : files.entrySet()) {
            if (Files.isRegularFile(file.getKey()) && Files.isReadable(file.getKey())) {
                try {
                    ProfileFile.builder()
                            .content(file.getKey())
                            .type(file.getValue())
                            .build();
                } catch (RuntimeException e) {
                    return new InputException(
                            "could not read the profiles of AWS in " + file.getKey() + ": " + e.getMessage());
                }
            }
        }
        return failure;
    }

    /** Returns a line about each file or profile that the SDK passes over without an error, although it is set. */
    static List<String> passedOver(
            Function<String, @Nullable String> environment, Function<String, @Nullable String> properties) {
        List<String> lines = new ArrayList<>();
        Map<Setting, Path> files = new LinkedHashMap<>();
        files.put(CONFIG, ProfileFileLocation.configurationFilePath());
        files.put(CREDENTIALS, ProfileFileLocation.credentialsFilePath());
        files.forEach((setting, file) -> {
            String name = setting.used(environment, properties);
            String wrong = wrong(file, name != null);
            if (wrong != null) {
                lines.add(file + (name == null ? "" : ", set by " + name + ",") + " " + wrong
                        + ", so none of its settings is used");
            }
        });
        String name = PROFILE.used(environment, properties);
        if (name != null) {
            String inProperties = properties.apply(PROFILE.property());
            String profile = inProperties != null ? inProperties : environment.apply(PROFILE.variable());
            if (profile != null && load().profile(profile).isEmpty()) {
                lines.add("the profile '" + profile + "', set by " + name + ", is not in " + files.get(CONFIG) + " or "
                        + files.get(CREDENTIALS) + ", so none of its settings is used");
            }
        }
        return lines;
    }

    private static @Nullable String wrong(Path file, boolean named) {
        if (Files.isDirectory(file)) {
            return "is a directory";
        }
        if (!Files.exists(file)) {
            return named ? "does not exist" : null;
        }
        return Files.isReadable(file) ? null : "cannot be read by this user";
    }
}
