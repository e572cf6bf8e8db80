package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.S3Server;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Objects that boto3 has uploaded, whole and in parts, to a store of other authors (moto). Both compute checksums of
 * their own. They are fetched
 * unless they are installed; the test is skipped where they cannot be.
 */
@Tag("natives")
class BotoUploadsTest extends S3Test {

    private static final List<String> PACKAGES = List.of("boto3[crt]", "moto[server,s3]");
    private static final int SIZE = (11 << 20) + 17;
    private static final int MINUTES = 10;

    @Test
    void areVerifiedByTheirChecksums(@TempDir Path directory) throws Exception {
        byte[] bytes = S3Server.bytes(SIZE, 1);
        Path file = Files.write(directory.resolve("file"), bytes);
        String script = new File(
                        BotoUploadsTest.class.getResource("/s3/boto_uploads.py").getPath())
                .getPath();
        Process python = new ProcessBuilder(python(), script, file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines = python.inputReader()) {
            List<String> keys = new ArrayList<>();
            String line = lines.readLine();
            for (; line != null && !line.startsWith("ready "); line = lines.readLine()) {
                if (line.startsWith("upload ")) {
                    keys.add(line.split(" ")[1]);
                } else {
                    System.out.println(line);
                }
            }
            assertThat(line).as("the script's last line").isNotNull();
            assertThat(keys).contains("CRC32-whole", "CRC32-parts", "SHA256-whole", "default-parts");
            keys.removeIf(key -> key.startsWith("SHA") && key.endsWith("-parts")); // of which moto omits the type
            S3AsyncClient client =
                    server.plainClient(Integer.parseInt(line.substring(6)), ReactorNettyHttpClient.builder());
            for (String key : keys) {
                S3ReadOptions options = S3ReadOptions.defaults().checksums(Checksums.REQUIRE);
                areVerified(client, key, bytes, options.partSize(5 << 20));
                areVerified(client, key, bytes, options.partSize(3_000_000));
                areVerified(client, key, bytes, options.partSize(SIZE));
            }
        } finally {
            python.destroy();
        }
    }

    private static void areVerified(S3AsyncClient client, String key, byte[] bytes, S3ReadOptions options) {
        PipelineMonitor monitor = PipelineMonitor.create("train");
        byte[] read = join(S3Channels.prefix(client, "s3://train/" + key, options)
                .objects()
                .concatMap(ObjectBytes::bytes, 0)
                .contextWrite(monitor.watch())
                .collectList()
                .block(Patience.PATIENCE));
        assertThat(Arrays.equals(read, bytes)).as(key).isTrue();
        assertThat(monitor.verifiedBytes()).as(key).isEqualTo(SIZE);
    }

    private static String python() throws Exception {
        if (succeeds(List.of("python3", "-c", "import boto3, moto.server"))) {
            return "python3";
        }
        Path home = Path.of("target", "boto").toAbsolutePath();
        String python = home.resolve("bin/python").toString();
        List<String> install = new ArrayList<>(List.of(python, "-m", "pip", "install", "-q"));
        install.addAll(PACKAGES);
        fetched(List.of("python3", "-m", "venv", home.toString()));
        fetched(install);
        return python;
    }

    private static void fetched(List<String> command) throws InterruptedException {
        assumeTrue(succeeds(command), "boto3 could not be fetched");
    }

    private static boolean succeeds(List<String> command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(MINUTES, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
