package io.pipeflux.core.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what the kernel reports about this process in {@code /proc/self/status}. */
public final class OwnProcess {

    private static final Path STATUS = Path.of("/proc/self/status");

    private OwnProcess() {}

    /**
     * Returns the ids that determine the permissions of this process: its effective user and its groups, such as
     * {@code uid 1000 and the groups 1000, 2000}.
     */
    public static String identity() {
        String uid = field("Uid", "\\d+\\s+(\\d+).*"); // the second number is the effective id
        String gid = field("Gid", "\\d+\\s+(\\d+).*");
        String groups = field("Groups", "(.*)");
        if (uid == null || gid == null) {
            return "user " + System.getProperty("user.name");
        }
        StringBuilder all = new StringBuilder(gid);
        for (String group : groups == null ? new String[0] : groups.strip().split("\\s+")) {
            if (!group.isEmpty() && !group.equals(gid)) {
                all.append(", ").append(group);
            }
        }
        return "uid " + uid + (all.length() == gid.length() ? " and the group " : " and the groups ") + all;
    }

    private static @Nullable String field(String name, String value) {
        try {
            Matcher line =
                    Pattern.compile("(?m)^" + name + ":[ \\t]*" + value + "$").matcher(Files.readString(STATUS));
            return line.find() ? line.group(1) : null;
        } catch (IOException e) {
            return null;
        }
    }
}
