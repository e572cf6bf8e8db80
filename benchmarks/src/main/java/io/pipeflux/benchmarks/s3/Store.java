package io.pipeflux.benchmarks.s3;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A {@link StubStore} in a separate process. */
public final class Store implements AutoCloseable {

    private final Process process;
    private final int port;

    private Store(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts a store. Each object in it consists of the first bytes of the file {@code data}. */
    public static Store start(Path data, long delayMillis) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StubStore.class.getName(),
                        data.toString(),
                        Long.toString(delayMillis))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        return new Store(process, Integer.parseInt(out.readLine().trim()));
    }

    /**
     * Creates a temporary file of at least {@code bytes} random bytes. Because the file is new, the page cache contains
     * it.
     */
    static Path data(long bytes) throws IOException {
        Path file = Files.createTempFile("pipeflux-s3-", ".data");
        file.toFile().deleteOnExit();
        byte[] piece = new byte[1 << 20];
        SplittableRandom random = new SplittableRandom(1);
        try (var out = Files.newOutputStream(file)) {
            for (long written = 0; written < bytes; written += piece.length) {
                random.nextBytes(piece);
                out.write(piece);
            }
        }
        return file;
    }

    /** Returns the port at which the store listens on the loopback address. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
