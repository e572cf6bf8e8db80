package io.pipeflux.samples.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reports existing directories whose permissions prevent the trainer's group from opening the pipes. The agent sets
 * permissions only on directories that it creates.
 */
final class ExistingDirectories {

    private static final int PERMISSIONS = 07777;
    private static final int GROUP_ENTERS = 0010;
    private static final int GROUP_LISTS = 0050;
    private static final int OTHERS_SHIFT = 3;

    private ExistingDirectories() {}

    /**
     * Returns a line for each directory that the group cannot use.
     *
     * @param mode the value of {@code --pipe-mode}
     * @param group the value of {@code --pipe-group}, or null
     */
    static List<String> notes(Path root, String mode, @Nullable String group) {
        Map<Path, Integer> needed = new LinkedHashMap<>();
        needed.put(root, GROUP_ENTERS);
        for (String made : List.of("input", "input/data", "input/config")) {
            needed.put(root.resolve(made), GROUP_LISTS);
        }
        List<String> notes = new ArrayList<>();
        needed.forEach((directory, bits) -> {
            String note = note(directory, bits, mode, group);
            if (note != null) {
                notes.add(note);
            }
        });
        return notes;
    }

    private static @Nullable String note(Path directory, int needed, String mode, @Nullable String group) {
        int found;
        String owner;
        String gid;
        try {
            Map<String, Object> attributes = Files.readAttributes(directory, "unix:mode,gid,group");
            found = Integer.parseInt(String.valueOf(attributes.get("mode"))) & PERMISSIONS;
            owner = String.valueOf(attributes.get("group"));
            gid = String.valueOf(attributes.get("gid"));
        } catch (IOException | RuntimeException e) { // it does not exist, so the agent creates it
            return null;
        }
        boolean others = isSet(found, needed >> OTHERS_SHIFT);
        boolean ofGroup = group == null || group.equals(owner) || group.equals(gid);
        if (others || (ofGroup && isSet(found, needed))) {
            return null;
        }
        String wanted = needed == GROUP_ENTERS ? "g+x" : "g+rx";
        return directory + " exists, and --pipe-mode " + mode + " does not change it: it has group " + owner
                + String.format(Locale.ROOT, " and mode %04o", found) + ", so the trainer's group cannot "
                + (needed == GROUP_ENTERS ? "enter it" : "read it") + ". Run: "
                + (ofGroup ? "" : "chgrp " + group + " " + directory + " && ") + "chmod " + wanted + " " + directory;
    }

    private static boolean isSet(int mode, int bits) {
        return (mode & bits) == bits;
    }
}
