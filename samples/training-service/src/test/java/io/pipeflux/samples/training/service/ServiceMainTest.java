package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.samples.training.DemoStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arguments with which the service cannot run: a line that names the option, and the exit code 2. */
class ServiceMainTest {

    @TempDir
    Path directory;

    private String refused(String... arguments) {
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("--region=us-east-1"));
        all.addAll(List.of(arguments));
        int code =
                ServiceMain.run(new PrintWriter(new StringWriter()), new PrintWriter(err), all.toArray(String[]::new));
        assertThat(code).as(err.toString()).isEqualTo(2);
        assertThat(err.toString()).doesNotContain("Exception");
        return err.toString();
    }

    @Test
    void aDirectoryThatIsAFileOrCannotBeMade() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        for (Path path : List.of(file, file.resolve("in"), Path.of("/proc/jobs"), Path.of("/dev/null/jobs"))) {
            assertThat(refused("--directory=" + path).lines())
                    .singleElement()
                    .asString()
                    .startsWith("error: --directory: expected a directory in which files can be made, but got " + path);
        }
    }

    /** Nobody, root included, makes files in /proc. */
    @Test
    void aDirectoryThatMayNotBeWritten() {
        assertThat(refused("--directory=/proc/self/fdinfo").lines())
                .singleElement()
                .asString()
                .startsWith("error: --directory: expected a directory in which files can be made");
    }

    @Test
    void aDirectoryThatAnotherServiceUses() {
        TrainingJobs other = TrainingJobs.open(
                        directory,
                        DemoStore.client(URI.create("http://127.0.0.1:1")),
                        Trainers.standard(),
                        ServiceSettings.DEFAULTS,
                        new ServiceMetrics())
                .block();
        try {
            assertThat(refused("--directory=" + directory).lines())
                    .singleElement()
                    .asString()
                    .startsWith("error: --directory: expected a directory of this service alone");
        } finally {
            other.close().block();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--host=no such host, error: --host: expected an address",
        "--port=99999, error: --port: could not listen",
        "--endpoint=localhost, error: Invalid value for option '--endpoint': expected a URL such as https://HOST:PORT",
        "--running=0, error: expected --running >= 1",
        "--checkpoint-every=PT0S, error: expected --checkpoint-every above 0",
        "--checkpoint-every=2s, error: Invalid value for option '--checkpoint-every': expected a duration such as PT2S",
        "--endpoint=a b, error: Invalid value for option '--endpoint': expected a URL such as https://HOST:PORT",
        "--nothing, error: Unknown option: '--nothing'",
    })
    void anOtherArgument(String argument, String line) {
        assertThat(refused("--directory=" + directory, argument).lines())
                .singleElement()
                .asString()
                .startsWith(line);
    }
}
