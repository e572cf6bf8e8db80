package io.pipeflux.core.suite;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A second JVM with the class path of this one, for what happens between processes; killed, as by {@code kill -9}, at
 * the end.
 */
public final class ForkedJvm implements AutoCloseable {

    /** What a line begins with that {@link #readAnswer} returns. */
    public static final String ANSWER = "> ";

    private static final int NOBODY = 65534;

    private final Process process;
    private @Nullable Path copy; // of the class path

    private ForkedJvm(Process process) {
        this.process = process;
    }

    /** Runs a class's {@code main} with a heap of 64 MiB. */
    public static ForkedJvm run(Class<?> main, Object... arguments) {
        return run(64, main, arguments);
    }

    /** Runs a class's {@code main} with a heap of so many MiB. */
    public static ForkedJvm run(int heapMebibytes, Class<?> main, Object... arguments) {
        return run(heapMebibytes, "-XX:+ExitOnOutOfMemoryError", main, arguments);
    }

    /** Likewise, with a JVM that goes on when memory was not enough for something. */
    public static ForkedJvm runBeyondMemory(int heapMebibytes, Class<?> main, Object... arguments) {
        return run(heapMebibytes, "-XX:-ExitOnOutOfMemoryError", main, arguments);
    }

    /**
     * Runs a class's {@code main} in a heap and with direct memory of so many MiB. The young generation is small, so
     * almost all of the heap can be filled.
     */
    public static ForkedJvm runWithin(int heapMebibytes, int directMebibytes, Class<?> main, Object... arguments) {
        List<String> command =
                new ArrayList<>(java(heapMebibytes, "-XX:+ExitOnOutOfMemoryError", classPath(), main, arguments));
        command.addAll(1, List.of("-XX:MaxDirectMemorySize=" + directMebibytes + "m", "-XX:+UseSerialGC", "-Xmn6m"));
        return start(command);
    }

    private static ForkedJvm run(int heapMebibytes, String onOutOfMemory, Class<?> main, Object... arguments) {
        return start(java(heapMebibytes, onOutOfMemory, classPath(), main, arguments));
    }

    /** Runs a class's {@code main} with a umask, such as {@code 022}. */
    public static ForkedJvm runWithUmask(String umask, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "umask " + umask + "; exec \"$@\"", "sh"));
        command.addAll(java(64, "-XX:+ExitOnOutOfMemoryError", classPath(), main, arguments));
        return start(command);
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Runs a class's {@code main} with only those entries of the class path whose names the filter accepts. */
    public static ForkedJvm runWith(Predicate<String> classPath, Class<?> main, Object... arguments) {
        String filtered = classPathEntries().filter(classPath).collect(Collectors.joining(File.pathSeparator));
        return start(java(64, "-XX:+ExitOnOutOfMemoryError", filtered, main, arguments));
    }

    /** Likewise, with a heap of so many MiB and with options of the JVM. */
    public static ForkedJvm runWith(
            int heapMebibytes, List<String> options, Predicate<String> classPath, Class<?> main, Object... arguments) {
        String filtered = classPathEntries().filter(classPath).collect(Collectors.joining(File.pathSeparator));
        List<String> command = java(heapMebibytes, "-XX:+ExitOnOutOfMemoryError", filtered, main, arguments);
        command.addAll(1, options);
        return start(command);
    }

    /** Returns the entries of this JVM's class path. */
    public static Stream<String> classPathEntries() {
        return Arrays.stream(classPath().split(File.pathSeparator));
    }

    /**
     * Runs a class's {@code main} as a user whom file permissions bind: root's tests as {@value #NOBODY}, any other
     * user's as that user. Class path and temporary files are copied to where that user may read them.
     *
     * @param used a class of each jar that the main class needs beside its own
     */
    public static ForkedJvm runUnprivileged(List<Class<?>> used, Class<?> main, Object... arguments)
            throws IOException {
        if (!isRoot()) {
            return run(main, arguments);
        }
        return runAs(NOBODY, "--clear-groups", used, main, arguments);
    }

    /** Whether this process may run others as any user. */
    public static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /**
     * Runs a class's {@code main} as a user of this number, whose group has the same number, and who is in one group
     * more. Only for root.
     *
     * @param used a class of each jar that the main class needs beside its own
     */
    public static ForkedJvm runAs(int user, int group, List<Class<?>> used, Class<?> main, Object... arguments)
            throws IOException {
        return runAs(user, "--groups=" + group, used, main, arguments);
    }

    private static ForkedJvm runAs(int user, String groups, List<Class<?>> used, Class<?> main, Object... arguments)
            throws IOException {
        Path copy = Files.createTempDirectory("pipeflux-class-path");
        StringBuilder classPath = new StringBuilder();
        for (Class<?> one : Stream.concat(Stream.of(main), used.stream()).toList()) {
            Path from = Path.of(URI.create(
                    one.getProtectionDomain().getCodeSource().getLocation().toString()));
            Path to = copy.resolve(Integer.toString(classPath.length()));
            copy(from, to);
            classPath.append(to).append(':');
        }
        List<String> command = new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=" + user, groups));
        Path temporary = Files.createDirectory(copy.resolve("tmp")); // users without a name would share JNA's
        List<String> java = java(64, "-XX:+ExitOnOutOfMemoryError", classPath.toString(), main, arguments);
        java.add(1, "-Djava.io.tmpdir=" + temporary);
        command.addAll(java);
        allowAll(copy);
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
        ForkedJvm jvm = start(command);
        jvm.copy = copy;
        return jvm;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void allowAll(Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(copy)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private static List<String> java(
            int heapMebibytes, String onOutOfMemory, String classPath, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMebibytes + "m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                onOutOfMemory,
                "--enable-native-access=ALL-UNNAMED", // or JNA's warning from JDK 24 on stands among the lines
                "-cp",
                classPath,
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    private static ForkedJvm start(List<String> command) {
        try {
            return new ForkedJvm(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new IllegalStateException("cannot start a JVM", e);
        }
    }

    /** Writes a line to its standard input. */
    public void writeLine(String line) throws IOException {
        Writer input = process.outputWriter(StandardCharsets.UTF_8);
        input.write(line + "\n");
        input.flush();
    }

    /** The next line that it printed, or null at the end. */
    public String readLine() throws IOException {
        return process.inputReader(StandardCharsets.UTF_8).readLine();
    }

    /**
     * The next line that it printed after {@value #ANSWER}, or null at the end: log lines and warnings are passed over.
     */
    public @Nullable String readAnswer() throws IOException {
        String line = readLine();
        while (line != null && !line.startsWith(ANSWER)) {
            line = readLine();
        }
        return line == null ? null : line.substring(ANSWER.length());
    }

    /** The lines that it prints until it ends. */
    public List<String> readLines() {
        return process.inputReader(StandardCharsets.UTF_8).lines().toList();
    }

    /** The number of its process. */
    public long pid() {
        return process.pid();
    }

    /** Sends SIGKILL, and waits until it is dead. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
        if (copy != null) {
            try (Stream<Path> files = Files.walk(copy)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
