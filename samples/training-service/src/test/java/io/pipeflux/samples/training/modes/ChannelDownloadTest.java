package io.pipeflux.samples.training.modes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.samples.training.DemoStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** File mode reads the objects that pipe mode reads: a URI means the same in both. */
class ChannelDownloadTest {

    @TempDir
    Path directory;

    private DemoStore store;

    @BeforeEach
    void start() throws Exception {
        store = DemoStore.start(directory.resolve("s3"));
    }

    @AfterEach
    void stop() {
        store.close();
    }

    private void put(String key) {
        store.put(key, key.getBytes(StandardCharsets.UTF_8));
    }

    private long download(String uri, Path to) {
        return ChannelDownload.of(store.client(), uri, to)
                .blockOptional(Patience.PATIENCE)
                .orElseThrow();
    }

    @Test
    void theObjectsOfAUriAreTheSameInBothModes() throws Exception {
        List.of("A/x", "%41/x", "%41/%20", "a b/x y", "a#b/x", "a/x", "a?b=c/x", "a+b/x", "p/train-1", "p/other")
                .forEach(this::put);
        List<String> uris = List.of(
                store.uri("%41/"),
                store.uri("a b/"),
                store.uri("a#b/"),
                store.uri("a?b"),
                store.uri("a+b/"),
                store.uri("p/train"),
                store.uri(""),
                "https://s3.eu-west-1.amazonaws.com/" + bucket() + "/%2541/",
                "https://" + bucket() + ".s3.amazonaws.com/a%20b/");
        for (String uri : uris) {
            Path to = Files.createTempDirectory(directory, "mode");
            List<String> pipe = S3Channels.prefix(store.client(), uri)
                    .objects()
                    .map(ObjectBytes::key)
                    .map(key -> key.substring(store.uri("").length()))
                    .collectList()
                    .block(Patience.PATIENCE);
            download(uri, to);
            List<String> files = DirectoryChannel.of(to)
                    .bytes()
                    .map(bytes -> StandardCharsets.UTF_8.decode(bytes).toString())
                    .collectList()
                    .block(Patience.PATIENCE);
            assertThat(files).as(uri).isNotEmpty().containsExactlyInAnyOrderElementsOf(pipe);
        }
    }

    private String bucket() {
        return store.uri("").substring("s3://".length()).replace("/", "");
    }

    @Test
    void aKeyThatWouldBeNoFileOfItsOwnOrNotBeReadIsRefused() {
        put("hidden/.a");
        put("deep/.b/a");
        assertThatThrownBy(() -> download(store.uri("hidden/"), directory.resolve("hidden")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(store.uri("hidden/.a"));
        assertThatThrownBy(() -> download(store.uri("deep/"), directory.resolve("deep")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
