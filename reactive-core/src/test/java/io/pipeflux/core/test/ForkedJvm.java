package io.pipeflux.core.test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A second JVM with the class path of this one, for what happens between processes; killed, as by {@code kill -9}, at the end. */
public final class ForkedJvm implements AutoCloseable {

    private final Process process;

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

    private static ForkedJvm run(int heapMebibytes, String onOutOfMemory, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMebibytes + "m",
                "-XX:TieredStopAtLevel=1",
                onOutOfMemory,
                "--enable-native-access=ALL-UNNAMED", // or JNA's warning from JDK 24 on stands among the lines
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        try {
            return new ForkedJvm(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new IllegalStateException("cannot start a JVM", e);
        }
    }

    /** The next line that it printed, or null at the end. */
    public String readLine() throws IOException {
        return process.inputReader(StandardCharsets.UTF_8).readLine();
    }

    /** The lines that it prints until it ends. */
    public List<String> readLines() {
        return process.inputReader(StandardCharsets.UTF_8).lines().toList();
    }

    /** Sends SIGKILL, and waits until it is dead. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
