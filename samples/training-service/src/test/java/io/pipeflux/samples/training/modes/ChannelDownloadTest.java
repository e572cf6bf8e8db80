package io.pipeflux.samples.training.modes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.samples.training.DemoStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

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

    @Test
    void theProgressIsTheNumberOfBytesAndCountsNoneOfThemTwice() {
        List.of("p/a", "p/longer", "p/deep/c").forEach(this::put);
        LongAdder progress = new LongAdder();
        Long bytes = ChannelDownload.of(store.client(), store.uri("p/"), directory.resolve("to"), progress::add)
                .block(Patience.PATIENCE);
        assertThat(bytes).isEqualTo("p/a".length() + "p/longer".length() + "p/deep/c".length());
        assertThat(progress.sum()).isEqualTo(bytes);
        CountedFile file = new CountedFile(directory.resolve("again"), progress::add);
        file.prepare();
        file.onStream(SdkPublisher.adapt(Flux.just(ByteBuffer.allocate(7)).concatWith(Flux.never())));
        assertThat(progress.sum()).isEqualTo(bytes + 7);
        file.exceptionOccurred(new IOException("the connection broke"));
        file.prepare();
        assertThat(progress.sum()).isEqualTo(bytes);
    }

    private String bucket() {
        return store.uri("").substring("s3://".length()).replace("/", "");
    }

    @Test
    void weakETagsAreComparedAndNotSent() throws Exception {
        String listing = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/a</Key>"
                + "<ETag>W/&quot;1&quot;</ETag><Size>4</Size></Contents></ListBucketResult>";
        AtomicReference<String> current = new AtomicReference<>("W/\"1\"");
        HttpServer weak = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        weak.createContext("/", exchange -> {
            boolean refused = exchange.getRequestHeaders().containsKey("If-Match"); // a weak one never matches
            boolean isList = String.valueOf(exchange.getRequestURI().getQuery()).contains("list-type");
            byte[] bytes = (isList ? listing : "data").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("ETag", current.get());
            exchange.sendResponseHeaders(refused ? 412 : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        weak.start();
        try (S3AsyncClient client = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(
                        URI.create("http://127.0.0.1:" + weak.getAddress().getPort()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .build()) {
            assertThat(ChannelDownload.of(client, "s3://b/p/", directory.resolve("weak"))
                            .block(Patience.PATIENCE))
                    .isEqualTo(4);
            current.set("W/\"2\"");
            assertThatThrownBy(() -> ChannelDownload.of(client, "s3://b/p/", directory.resolve("other"))
                            .block(Patience.PATIENCE))
                    .isInstanceOf(ObjectReadException.class)
                    .hasMessageContaining("W/\"2\"");
        } finally {
            weak.stop(0);
        }
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
