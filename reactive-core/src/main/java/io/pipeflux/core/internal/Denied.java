package io.pipeflux.core.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Explains why this process is not allowed to use a file. */
public final class Denied {

    /** Advice for the user of a pipe. It is appended to the explanation. */
    public static final String HELP = "; its owner can give access to a group of this process, by --pipe-mode 0640 and"
            + " --pipe-group of pipe-agent, or by PipeAgent.access";

    private static final int PERMISSIONS = 07777;

    private Denied() {}

    /**
     * Returns whether the file exists. Follows links. Throws an {@code IOException} if a directory of the path cannot
     * be entered or read, or if the path leads through a regular file.
     */
    public static boolean orExists(Path file) throws IOException {
        try {
            Files.getAttribute(file, "isDirectory");
            return true;
        } catch (NoSuchFileException e) {
            Missing.requireDirectories(file);
            return false;
        }
    }

    /**
     * Returns a description that contains the owner, group and mode of the file that could not be opened, or of the
     * directory that could not be entered. The description also names the user and groups of this process.
     */
    public static String explain(@Nullable String file) {
        Path denied = file == null ? null : Path.of(file).toAbsolutePath();
        while (denied != null) {
            try {
                Map<String, Object> found = Files.readAttributes(denied, "unix:mode,uid,gid,owner,group");
                return denied + " has owner " + principal(found.get("owner"), found.get("uid")) + ", group "
                        + principal(found.get("group"), found.get("gid"))
                        + String.format(
                                Locale.ROOT,
                                " and mode %04o",
                                Integer.parseInt(String.valueOf(found.get("mode"))) & PERMISSIONS)
                        + ", but this process has " + OwnProcess.identity();
            } catch (IOException | RuntimeException e) {
                // the file cannot be inspected, or has no POSIX permissions
                denied = denied.getParent();
            }
        }
        return file + " cannot be accessed by this process, which has " + OwnProcess.identity();
    }

    private static String principal(@Nullable Object name, @Nullable Object number) {
        String text = String.valueOf(name);
        return text.equals(String.valueOf(number)) ? text : text + " (" + number + ")";
    }
}
