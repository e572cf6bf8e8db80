package io.pipeflux.s3.test;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A store in a process of its own, which is fetched. Where that fails, the tests are skipped. Its files and its log are
 * in {@code target/stores}.
 */
public final class StoreProcess implements Store {

    private static final Path HOME = Path.of("target", "stores").toAbsolutePath();
    private static final String S3MOCK = "4.11.0";
    private static final String S3RVER = "3.7.1";
    private static final int MINUTES = 10;

    private final Process process;
    private final int port;
    private final String accessKey;
    private final String secretKey;

    private StoreProcess(Process process, int port, String accessKey, String secretKey) {
        this.process = process;
        this.port = port;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
    }

    /** Starts Adobe's S3Mock, which takes any credentials. */
    public static Store s3Mock() throws Exception {
        Path jar = HOME.resolve("s3mock-" + S3MOCK + "-exec.jar");
        if (!Files.exists(jar)) {
            fetch(
                    "S3Mock",
                    List.of(
                            Path.of("..", "mvnw").toAbsolutePath().normalize().toString(),
                            "-q",
                            "-B",
                            "-ntp",
                            "-N",
                            "-f",
                            "..",
                            "dependency:copy",
                            "-Dartifact=com.adobe.testing:s3mock:" + S3MOCK + ":jar:exec",
                            "-DoutputDirectory=" + HOME));
        }
        int port = Ports.free();
        Path root = Files.createTempDirectory("s3mock");
        return start(
                "s3mock",
                port,
                "any",
                "any",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-jar",
                jar.toString(),
                "--server.port=" + Ports.free(),
                "--com.adobe.testing.s3mock.httpPort=" + port,
                "--com.adobe.testing.s3mock.store.root=" + root);
    }

    /** Starts s3rver, which keeps objects as files. */
    public static Store s3rver() throws Exception {
        Path home = HOME.resolve("s3rver");
        Path program = home.resolve("node_modules/s3rver/bin/s3rver.js");
        if (!Files.exists(program)) {
            fetch(
                    "s3rver",
                    List.of(
                            "npm",
                            "install",
                            "--silent",
                            "--no-save",
                            "--prefix",
                            Files.createDirectories(home).toString(),
                            "s3rver@" + S3RVER));
        }
        int port = Ports.free();
        return start(
                "s3rver",
                port,
                "S3RVER",
                "S3RVER",
                "node",
                program.toString(),
                "--directory",
                Files.createTempDirectory("s3rver").toString(),
                "--address",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--silent");
    }

    private static void fetch(String what, List<String> command) throws Exception {
        Files.createDirectories(HOME);
        File log = HOME.resolve("fetch.log").toFile();
        int exit = -1;
        try {
            Process fetching = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log)
                    .start();
            exit = fetching.waitFor(MINUTES, TimeUnit.MINUTES) ? fetching.exitValue() : -1;
            fetching.destroyForcibly();
        } catch (IOException noProgram) {
            Files.writeString(log.toPath(), noProgram.toString());
        }
        if (exit != 0) {
            System.out.println("Tests with " + what + " are skipped, since it could not be fetched: see " + log);
            assumeTrue(false, what + " could not be fetched");
        }
    }

    private static Store start(String name, int port, String accessKey, String secretKey, String... command)
            throws IOException {
        Files.createDirectories(HOME);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(HOME.resolve(name + ".log").toFile())
                .start();
        StoreProcess store = new StoreProcess(process, port, accessKey, secretKey);
        try {
            await().until(store::isUp);
        } catch (RuntimeException | Error e) {
            store.close();
            throw e;
        }
        return store;
    }

    private boolean isUp() {
        if (!process.isAlive()) {
            throw new IllegalStateException("the store ended with status " + process.exitValue() + ": see " + HOME);
        }
        return Ports.isTaken(port);
    }

    @Override
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    public String accessKey() {
        return accessKey;
    }

    @Override
    public String secretKey() {
        return secretKey;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
