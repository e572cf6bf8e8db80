package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** The agent's cache on the local disk. */
@ExtendWith(TestCredentials.class)
class CacheOptionTest {

    @TempDir
    Path root;

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "4096,4096",
        "3KiB,3072",
        "2MiB,2097152",
        "50GiB,53687091200",
        "1TiB,1099511627776",
        "8388607TiB,9223370937343148032"
    })
    void bytesHaveUnits(String text, long bytes) {
        assertThat(CacheOption.of(root, text)).isEqualTo(new CacheOption(root, bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "1GB", "1 GiB", "GiB", "8388608TiB", "9999999999999999999", "1.5GiB"})
    void otherBytesAreRefused(String text) {
        assertThatThrownBy(() -> CacheOption.of(root, text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("but got '" + text + "'");
    }

    @Test
    void objectsArePutThereInTheFirstEpochAndReadThereInTheSecond() throws Exception {
        try (TestStore store = TestStore.start(0)) {
            store.put("train/a", "first".getBytes(StandardCharsets.UTF_8));
            store.put("train/b", "second".getBytes(StandardCharsets.UTF_8));
            CompletableFuture<Integer> agent = CompletableFuture.supplyAsync(() -> run(
                    store,
                    "--channel",
                    "train=" + TestStore.uri("train/"),
                    "--epochs",
                    "2",
                    "--cache-directory",
                    root.resolve("cache").toString(),
                    "--cache-bytes",
                    "1MiB"));
            Flux<ByteBuffer> epoch =
                    PipeChannels.create(PipeOptions.mlRoot(root.resolve("ml"))).channel("train");
            for (int i = 0; i < 2; i++) {
                String bytes = epoch.map(
                                chunk -> StandardCharsets.UTF_8.decode(chunk).toString())
                        .reduce("", String::concat)
                        .block();
                assertThat(bytes).isEqualTo("firstsecond");
                try (Stream<Path> files = Files.list(root.resolve("cache"))) {
                    List<Path> complete = files.filter(file -> file.toString().matches(".*\\.(object|verified)"))
                            .toList();
                    assertThat(complete).hasSize(2);
                }
            }
            assertThat(agent.get()).isZero();
            assertThat(run(store, "--channel", "train=s3://b/", "--cache-bytes", "1MiB"))
                    .isEqualTo(2);
        }
    }

    private int run(TestStore store, String... args) {
        Stream<String> more = Stream.of(
                "--directory",
                root.resolve("ml").toString(),
                "--endpoint",
                store.endpoint().toString());
        return AgentCommand.run(
                new PrintWriter(new StringWriter(), true),
                new PrintWriter(new StringWriter(), true),
                Stream.concat(Stream.of(args), more).toArray(String[]::new));
    }
}
