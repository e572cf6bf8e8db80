package io.pipeflux.samples.agent;

import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The program in a process of its own, as a user runs it. */
final class AgentProcess implements AutoCloseable {

    private final Process process;
    private final Path output;

    private AgentProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Runs the compiled program. */
    static AgentProcess start(String... args) throws IOException {
        return start(List.of("-cp", System.getProperty("java.class.path"), AgentCommand.class.getName()), args);
    }

    /** Runs Java with the given arguments. */
    static AgentProcess start(List<String> program, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(
                "--enable-native-access=ALL-UNNAMED"); // as the manifest of the jar says; later JDKs warn without it
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
        command.addAll(program);
        command.addAll(List.of(args));
        Path output = Files.createTempFile("pipe-agent-", ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("AWS_ACCESS_KEY_ID", TestStore.ACCESS_KEY);
        builder.environment().put("AWS_SECRET_ACCESS_KEY", TestStore.SECRET_KEY);
        return new AgentProcess(builder.start(), output);
    }

    long pid() {
        return process.pid();
    }

    /** What it has said so far. */
    String output() throws IOException {
        return Files.readString(output);
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Sends SIGKILL, and waits until it is gone. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException, IOException {
        if (!process.waitFor(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running: " + output());
        }
        return process.exitValue();
    }

    /** Waits for a pipe or another file of it. */
    static Path awaitFile(Path file) {
        await().until(() -> Files.exists(file));
        return file;
    }

    @Override
    public void close() throws IOException {
        kill();
        Files.delete(output);
    }
}
