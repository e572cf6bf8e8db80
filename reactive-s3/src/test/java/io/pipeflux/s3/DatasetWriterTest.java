package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.UploadStore;
import io.pipeflux.s3.test.UploadStore.Fault;
import io.pipeflux.s3.test.UploadStore.Op;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** Datasets are written in objects of about one size, and read back by prefix and by manifest. */
class DatasetWriterTest extends S3Test {

    /** Lines, as an encoder that begins each object with a header and ends it with a footer. */
    private static final Function<Flux<String>, Flux<ByteBuffer>> LINES =
            lines -> Flux.concat(Flux.just("<"), lines.map(line -> line + "\n"), Flux.just(">"))
                    .map(text -> ByteBuffer.wrap(text.getBytes(UTF_8)));

    private static final Function<Flux<String>, Flux<ByteBuffer>> PLAIN =
            lines -> lines.map(line -> ByteBuffer.wrap((line + "\n").getBytes(UTF_8)));

    private DatasetWriter<String> writer(String folder, Function<Flux<String>, Flux<ByteBuffer>> encoder) {
        return DatasetWriter.of(S3Writer.of(server.client()), "s3://" + bucket + "/" + folder, encoder);
    }

    private String text(S3Channel channel) {
        return new String(all(channel.bytes()), UTF_8);
    }

    private static List<String> lines(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> i + "x".repeat(random.nextInt(50)))
                .toList();
    }

    @Test
    void prefixAndManifestReadWhatWasWrittenInOrder() {
        List<String> lines = lines(500, 1);
        AtomicInteger requested = new AtomicInteger();
        WrittenDataset written = writer("train", LINES)
                .objectBytes(1000)
                .suffix(".txt")
                .write(Flux.fromIterable(lines).doOnRequest(n -> requested.accumulateAndGet((int) n, Math::max)))
                .block();

        assertThat(written.records()).isEqualTo(500);
        assertThat(written.manifest()).isEqualTo("s3://" + bucket + "/train.manifest");
        assertThat(requested).hasValue(1);
        String read = text(S3Channels.prefix(server.client(), "s3://" + bucket + "/train/"));
        assertThat(read.replaceAll("[<>]", "")).isEqualTo(String.join("\n", lines) + "\n");
        assertThat(text(S3Channels.manifest(server.client(), written.manifest())))
                .isEqualTo(read);
        assertThat(written.size()).isEqualTo(read.length());
        int objects = written.objects().size();
        assertThat(read).containsPattern("^<[^<>]*>(<[^<>]*>){" + (objects - 1) + "}$");
        for (WrittenObject object : written.objects().subList(0, objects - 1)) {
            assertThat(object.size()).isBetween(1000L, 1120L);
        }
        assertThat(written.objects().get(3).uri()).isEqualTo("s3://" + bucket + "/train/part-00003.txt");
    }

    @Test
    void theSameElementsMakeTheSameObjects() {
        List<List<Long>> sizes = new ArrayList<>();
        for (String folder : List.of("a", "b")) {
            sizes.add(writer(folder, PLAIN)
                    .objectBytes(3000)
                    .index(7, line -> line.length() + 1)
                    .write(Flux.fromIterable(lines(300, 2)))
                    .block()
                    .objects()
                    .stream()
                    .map(WrittenObject::size)
                    .toList());
        }
        assertThat(sizes.get(0)).isEqualTo(sizes.get(1)).hasSizeGreaterThan(2);
        assertThat(sizes.get(0).subList(0, 2))
                .allSatisfy(size -> assertThat(size).isBetween(3000L, 3053L));
    }

    @Test
    void anIndexHasTheOffsetOfEveryNthRecord() {
        WrittenDataset written = writer("indexed", PLAIN)
                .objectBytes(10)
                .suffix(".l")
                .index(2, line -> line.length() + 1)
                .write(Flux.just("abc", "d", "", "efghi", "j"))
                .block();

        assertThat(written.objects()).extracting(WrittenObject::size).containsExactly(13L, 2L);
        String etag = written.objects().get(0).etag().replace("\"", "\\\"");
        String index = text(S3Channels.prefix(server.client(), "s3://" + bucket + "/indexed.index/part-00000.l.json"));
        assertThat(index)
                .isEqualTo("{\"format\":1,\"object\":\"s3://" + bucket + "/indexed/part-00000.l\",\"size\":13,"
                        + "\"etag\":\"" + etag + "\",\"records\":4,\"every\":2,\"offsets\":[0,6]}");
    }

    // == several writers of one dataset ==

    @Test
    void severalWritersPrepareOneDatasetThatOneOfThemCommits() {
        DatasetWriter<String> writer = writer("shared", PLAIN).objectBytes(100).suffix(".l");
        writer.requireNew("part-").block();
        List<Upload> uploads = new ArrayList<>();
        for (int host = 0; host < 2; host++) {
            uploads.addAll(writer.prepare("part-" + host, Flux.fromIterable(lines(20, host)))
                    .block());
        }
        assertThat(writer.prepare("part-2", Flux.empty()).block()).isEmpty();
        assertNoObjects("shared");

        S3Writer objects = S3Writer.of(server.client());
        uploads.forEach(upload -> objects.commit(upload).block());
        writer.requireNew("part-").block(); // as by a writer that starts late
        String some = "s3://" + bucket + "/shared.manifests/0.manifest";
        writer.writeManifest(some, List.of(uploads.get(1).uri(), uploads.get(0).uri()))
                .block();
        for (int time = 0; time < 2; time++) {
            assertThat(writer.writeManifest().block().uri()).isEqualTo("s3://" + bucket + "/shared.manifest");
        }

        String all = String.join("\n", lines(20, 0)) + "\n" + String.join("\n", lines(20, 1)) + "\n";
        assertThat(text(S3Channels.manifest(server.client(), "s3://" + bucket + "/shared.manifest")))
                .isEqualTo(all);
        assertThat(S3Channels.manifest(server.client(), some)
                        .objects()
                        .map(object -> object.key())
                        .collectList()
                        .block())
                .containsExactly(uploads.get(1).uri(), uploads.get(0).uri());
        assertThat(uploads.get(0).uri()).isEqualTo("s3://" + bucket + "/shared/part-0-00000.l");
        StepVerifier.create(writer.requireNew("part-")).verifyError(ObjectWriteException.class); // it has a manifest
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.writeManifest(some, List.of("s3://" + bucket + "/other/part-0")));
    }

    @Test
    void aFolderWithObjectsOfOthersIsNotNew() {
        server.put(bucket, "used/other", new byte[1]);
        StepVerifier.create(writer("used", PLAIN).requireNew("part-")).verifyError(ObjectWriteException.class);
    }

    @Test
    void whatWasPreparedBeforeAnErrorIsAborted() {
        StepVerifier.create(writer("failed", PLAIN)
                        .objectBytes(100)
                        .prepare(
                                "part",
                                Flux.fromIterable(lines(20, 1))
                                        .concatWith(Flux.error(new IllegalStateException("mine")))))
                .verifyErrorMessage("mine");
        assertNothing("failed");
    }

    @Test
    void anIndexCannotBePrepared() {
        assertThatIllegalStateException()
                .isThrownBy(() -> writer("x", PLAIN).index(1, String::length).prepare("part", Flux.just("a")));
    }

    @Test
    void anIndexThatWouldBeWrongIsAnErrorAndLeavesNothing() {
        StepVerifier.create(writer("wrong", PLAIN).index(1, String::length).write(Flux.just("a", "b")))
                .verifyError(ObjectWriteException.class);
        assertNothing("wrong");
    }

    private void assertNoObjects(String prefix) {
        assertThat(server.client()
                        .listObjectsV2(list -> list.bucket(bucket).prefix(prefix))
                        .join()
                        .contents())
                .isEmpty();
    }

    private void assertNothing(String prefix) {
        assertNoObjects(prefix);
        assertThat(server.client()
                        .listMultipartUploads(list -> list.bucket(bucket))
                        .join()
                        .uploads())
                .isEmpty();
    }

    @Test
    void anErrorOfTheSourceIsPassedOnAndLeavesNothing() {
        IllegalStateException mine = new IllegalStateException("mine");
        for (int good : new int[] {0, 1, 100}) {
            StepVerifier.create(writer("failed", PLAIN)
                            .objectBytes(500)
                            .write(Flux.fromIterable(lines(good, 3)).concatWith(Flux.error(mine))))
                    .verifyErrorMatches(e -> e == mine);
            assertNothing("failed");
        }
    }

    @Test
    void noElementsAndAFolderThatIsNotEmptyAreErrors() {
        StepVerifier.create(writer("none", PLAIN).write(Flux.empty())).verifyError(ObjectWriteException.class);
        assertNothing("none");
        server.put(bucket, "full/of/this", new byte[0]);
        StepVerifier.create(writer("full", PLAIN).write(Flux.just("a"))).verifyError(ObjectWriteException.class);
        server.put(bucket, "left.manifest", new byte[0]);
        StepVerifier.create(writer("left", PLAIN).write(Flux.just("a"))).verifyError(ObjectWriteException.class);
        server.put(bucket, "other.manifest.old", new byte[0]);
        StepVerifier.create(writer("other", PLAIN).write(Flux.just("a")))
                .expectNextCount(1)
                .verifyComplete();
        assertThatIllegalArgumentException().isThrownBy(() -> writer("", PLAIN));
        assertThatIllegalArgumentException().isThrownBy(() -> writer("a", PLAIN).objectBytes(0));
        assertThatIllegalArgumentException().isThrownBy(() -> writer("a", PLAIN).suffix("/"));
        assertThatIllegalArgumentException().isThrownBy(() -> writer("a", PLAIN).index(0, String::length));
    }

    @ParameterizedTest
    @EnumSource(
            value = Op.class,
            names = {"CREATE", "PART", "COMPLETE", "PUT"})
    void aManifestIsWrittenOnlyIfAllElseIs(Op op) throws Exception {
        try (UploadStore store = new UploadStore()) {
            store.next(op, Fault.DENIED);
            DatasetWriter<String> writer = DatasetWriter.of(
                            S3Writer.of(server.client(store.port())), "s3://b/train", PLAIN)
                    .objectBytes(500)
                    .index(10, line -> line.length() + 1);
            StepVerifier.create(writer.write(Flux.fromIterable(lines(100, 4)))).verifyError(ObjectWriteException.class);
            assertThat(store.object("train.manifest")).isNull();
            assertThat(store.pending()).isZero();
        }
    }

    @Test
    void anErrorOfTheSourceIsPassedOnWhenNothingIsLeft() throws Exception {
        IllegalStateException mine = new IllegalStateException("mine");
        int part = 5 << 20;
        try (UploadStore store = new UploadStore()) {
            S3Writer small = S3Writer.of(
                    server.client(store.port()), S3WriteOptions.defaults().partSize(part));
            for (int i = 0; i < 5; i++) {
                store.next(Op.ABORT, Fault.SLOW_DOWN); // the abort takes a while
                Sinks.Many<ByteBuffer> source = Sinks.many().unicast().onBackpressureBuffer();
                CompletableFuture<Integer> left = new CompletableFuture<>();
                DatasetWriter.of(small, "s3://b/train", (Flux<ByteBuffer> bytes) -> bytes)
                        .objectBytes(10L * part)
                        .write(source.asFlux())
                        .subscribe(
                                written -> left.completeExceptionally(new AssertionError(written)),
                                e -> left.complete(e == mine ? store.pending() : -1));
                source.tryEmitNext(ByteBuffer.allocate(part + 1));
                await().atMost(Patience.PATIENCE).until(() -> store.pending() == 1);
                source.tryEmitError(mine);
                assertThat(left).succeedsWithin(Patience.PATIENCE).isEqualTo(0);
            }
        }
    }

    @Test
    void aCancelLeavesNothing() throws Exception {
        try (UploadStore store = new UploadStore()) {
            Sinks.Many<String> source = Sinks.many().unicast().onBackpressureBuffer();
            Disposable writing = DatasetWriter.of(S3Writer.of(server.client(store.port())), "s3://b/train", PLAIN)
                    .objectBytes(100)
                    .write(source.asFlux())
                    .subscribe();
            lines(50, 5).forEach(source::tryEmitNext);
            await().atMost(Patience.PATIENCE).until(() -> store.pending() > 3);
            writing.dispose();
            await().atMost(Patience.PATIENCE).until(() -> store.pending() == 0);
            assertThat(store.object("train.manifest")).isNull();
        }
    }
}
