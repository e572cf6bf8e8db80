package io.pipeflux.samples.training.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A program in a separate JVM, with the class path and the {@code -XX} options of this JVM. The program's output is
 * printed line by line, with the program's name in front of each line.
 */
final class JavaProcess implements AutoCloseable {

    private static final int SECONDS_TO_END = 20;

    private final Process process;
    private final Thread output;

    private JavaProcess(Process process, Thread output) {
        this.process = process;
        this.output = output;
    }

    /** Starts a program. */
    static JavaProcess start(String name, PrintWriter out, String mainClass, List<String> args) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-XX:"))
                .forEach(command::add);
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                mainClass));
        command.addAll(args);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread output = new Thread(() -> show(process, name, out), "output-of-" + name);
        output.setDaemon(true);
        output.start();
        return new JavaProcess(process, output);
    }

    private static void show(Process process, String name, PrintWriter out) {
        try (BufferedReader lines = process.inputReader(Charset.defaultCharset())) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.printf(Locale.ROOT, "%-7s | %s%n", name, line);
            }
        } catch (IOException e) {
            out.printf(Locale.ROOT, "%-7s | its output cannot be read: %s%n", name, e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until the process and its output have ended. Returns the exit code. */
    int await() throws InterruptedException {
        int code = process.waitFor();
        output.join();
        return code;
    }

    /** Kills the process as {@code kill -9} does, so that it cannot clean up. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        await();
    }

    /** Sends SIGTERM to the process and waits until it ends. Returns the exit code. */
    int terminate() throws InterruptedException {
        process.toHandle().destroy(); // unlike Process.destroy, does not close the output
        return await();
    }

    /** Sends SIGTERM to the process, and kills it if it does not end within 20 seconds. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            await();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
