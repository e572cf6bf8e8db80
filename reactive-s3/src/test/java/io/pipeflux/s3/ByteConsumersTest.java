package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.suite.GivenBuffers;
import io.pipeflux.core.suite.GivenBuffers.Consumer;
import io.pipeflux.core.suite.PublicMethods;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.S3Server;
import io.pipeflux.s3.test.UploadStore;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Whoever is given buffers leaves them as they are, so that their source may keep them and give them again. */
class ByteConsumersTest {

    private static final S3Uri MANIFEST = S3Uri.parse("s3://lists/manifest");

    /** Enough for buffers that are handed on as they are. */
    private static final byte[] BODY = S3Server.bytes(150_000, 1);

    private static final byte[] SHORT = S3Server.bytes(3000, 2);

    private static UploadStore store;
    private static S3AsyncClient client;

    @BeforeAll
    static void startStore() throws IOException {
        store = new UploadStore();
        client = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .endpointOverride(URI.create("http://127.0.0.1:" + store.port()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .build();
    }

    @AfterAll
    static void stopStore() {
        client.close();
        store.close();
    }

    @TestFactory
    Stream<DynamicTest> leavesTheBuffersAsTheyAre() {
        return consumers().stream().flatMap(GivenBuffers::tests);
    }

    @Test
    void noPublicMethodIsMissing() {
        assertThat(consumers()).extracting(Consumer::method).containsAll(PublicMethods.givenBytes(S3Channels.class));
    }

    private static List<Consumer> consumers() {
        String names =
                IntStream.range(0, 500).mapToObj(i -> "\"file-" + i + "\"").collect(Collectors.joining(", "));
        byte[] manifest = ("[{\"prefix\": \"s3://bucket/some/\"}, " + names + "]").getBytes(UTF_8);
        byte[] lines = IntStream.range(0, 300)
                .mapToObj(i -> "{\"v\": " + i + ", \"w-ref\": \"s3://b/" + i + "\"}\n")
                .collect(Collectors.joining())
                .getBytes(UTF_8);
        return List.of(
                new Consumer("S3Writer.write(String, Publisher)", SHORT, bytes -> writer().write("s3://b/a", bytes)),
                new Consumer(
                        "S3Writer.prepare(String, Publisher)",
                        SHORT,
                        bytes -> writer().prepare("s3://b/a", bytes).map(Upload::size)),
                new Consumer(
                        "DatasetWriter.of(S3Writer, String, Function)",
                        SHORT,
                        bytes -> DatasetWriter.of(writer(), "s3://b/" + UUID.randomUUID(), (Flux<ByteBuffer> it) -> it)
                                .write(bytes)
                                .map(WrittenDataset::size)),
                new Consumer(
                        "ManifestFile",
                        manifest,
                        bytes -> bytes.transform(
                                        ManifestDecoder.format(MANIFEST).decode())
                                .collectList()),
                new Consumer(
                        "AugmentedManifestFile",
                        lines,
                        bytes -> bytes.transform(AugmentedManifestDecoder.format(MANIFEST, List.of("v", "w-ref"))
                                        .decode())
                                .concatMapIterable(AugmentedLine::values)
                                .map(value -> new String(value, UTF_8))
                                .collectList()),
                new Consumer("a part of what a client's response gives", BODY, ByteConsumersTest::throughAPart));
    }

    private static S3Writer writer() {
        return S3Writer.of(client);
    }

    private static Mono<?> throughAPart(Flux<ByteBuffer> bytes) {
        Part part = new Part(
                0,
                BODY.length,
                PipelineReporter.of(PipelineMonitor.create("train")),
                new PartSums(new ObjectChecksum(S3ReadOptions.defaults().checksums(Checksums.OFF)), 0));
        Flux<ByteBuffer> taken = Flux.generate(sink -> {
            ByteBuffer chunk = part.take();
            if (chunk == null) {
                sink.complete();
            } else {
                sink.next(chunk);
            }
        });
        return bytes.doOnNext(part::append).then(Mono.defer(() -> GivenBuffers.joined(taken)));
    }
}
