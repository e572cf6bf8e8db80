package io.pipeflux.samples.agent;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A program that was written elsewhere, such as {@code cat}. */
final class Command {

    private Command() {}

    /** Runs a program to its end; gives what it wrote. Fails if it does not end with 0. */
    static byte[] run(String... command) throws IOException, InterruptedException {
        return output(new ProcessBuilder(command).start(), command[0]);
    }

    /** As {@link #run}, but on its own thread. */
    static CompletableFuture<byte[]> start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        return CompletableFuture.supplyAsync(() -> {
            try {
                return output(process, command[0]);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static byte[] output(Process process, String name) throws IOException, InterruptedException {
        byte[] output = process.getInputStream().readAllBytes();
        String errors = new String(process.getErrorStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new AssertionError(name + " ended with " + process.exitValue() + ": " + errors);
        }
        return output;
    }
}
