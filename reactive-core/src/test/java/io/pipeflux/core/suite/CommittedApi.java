package io.pipeflux.core.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares a module's public API with the text that is committed beside its {@code pom.xml}, so that a review shows
 * each change as a diff. Only a build that is asked to by {@code -Dapi.update} writes the file.
 */
public final class CommittedApi {

    private static final String UPDATE = "./mvnw -q -o test -pl"
            + " reactive-kotlin,reactive-s3,reactive-test,integrations/djl,integrations/flink,integrations/tensorflow"
            + " -am -Dtest=PublicApiTest -Dsurefire.failIfNoSpecifiedTests=false -Dapi.update";

    private CommittedApi() {}

    /**
     * Fails unless {@code api.txt} in the module's directory is the API of the module's classes.
     *
     * @param any a class of the module
     */
    public static void assertUnchanged(Class<?> any) {
        assertUnchanged(any, "");
    }

    /**
     * As {@link #assertUnchanged(Class)}, with more text after the API of the classes.
     *
     * @param more what another language's compiler knows of the classes
     */
    public static void assertUnchanged(Class<?> any, String more) {
        String api = ApiDump.of(PublicTypes.rootOf(any), any.getClassLoader());
        assertUnchanged(Path.of("api.txt").toAbsolutePath(), api + more, System.getProperty("api.update") != null);
    }

    /** Writes the text into the file, or fails unless the file has that text. */
    static void assertUnchanged(Path file, String now, boolean update) {
        try {
            String committed = Files.exists(file) ? Files.readString(file) : "";
            if (committed.equals(now)) {
                return;
            }
            if (update) {
                Files.writeString(file, now);
                return;
            }
            throw new AssertionError("expected the public API of " + file + ", but got these changes:\n"
                    + String.join("\n", changes(committed, now))
                    + "\nIf they are meant, rewrite the file and commit it:\n" + UPDATE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the lines that are in one text only, each after the line of its type. */
    static List<String> changes(String committed, String now) {
        List<String> before = owned(committed);
        List<String> after = owned(now);
        List<String> changes = new ArrayList<>();
        before.stream()
                .filter(line -> !after.contains(line))
                .map(line -> "- " + line)
                .forEach(changes::add);
        after.stream()
                .filter(line -> !before.contains(line))
                .map(line -> "+ " + line)
                .forEach(changes::add);
        if (changes.isEmpty()) {
            changes.add("the same lines in another order");
        }
        return changes;
    }

    /** Returns the lines with the name of the type that each belongs to before it. */
    private static List<String> owned(String text) {
        List<String> lines = new ArrayList<>();
        String owner = "";
        for (String line : text.lines().toList()) {
            if (line.isBlank()) {
                continue;
            }
            if (line.startsWith(" ")) {
                lines.add(owner + ": " + line.strip());
            } else {
                lines.add(line);
                owner = nameIn(line);
            }
        }
        return lines;
    }

    private static String nameIn(String header) {
        for (String word : header.split("[ <(]")) {
            if (word.contains(".")) {
                return word;
            }
        }
        return header;
    }
}
