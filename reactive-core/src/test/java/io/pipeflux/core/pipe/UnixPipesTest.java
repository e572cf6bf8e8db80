package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class UnixPipesTest {

    @TempDir
    Path directory;

    private Path socket;
    private int descriptors;

    @BeforeEach
    void name() {
        UnixPipes.write(directory.resolve("warm"), Flux.empty())
                .zipWith(UnixPipes.read(directory.resolve("warm")).count())
                .block(); // loads classes, opens jars
        OpenResources.awaitNoneLeft(directory);
        socket = directory.resolve("train_0");
        descriptors = OpenResources.descriptors();
    }

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
        await().untilAsserted(() -> assertThat(OpenResources.descriptors()).isLessThanOrEqualTo(descriptors));
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    @Test
    void whatIsWrittenIsReadToTheByte() {
        Random random = new Random(1);
        CRC32C written = new CRC32C();
        CRC32C read = new CRC32C();
        Flux<ByteBuffer> chunks = Flux.range(0, 100).map(i -> {
            byte[] bytes = new byte[random.nextInt(i % 10 == 0 ? 700_000 : 50_000)];
            random.nextBytes(bytes);
            written.update(bytes);
            return i % 2 == 0
                    ? ByteBuffer.wrap(bytes)
                    : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        });
        Mono<Long> reading = UnixPipes.read(socket)
                .doOnNext(chunk -> assertThat(chunk.remaining()).isBetween(1, 256 << 10))
                .doOnNext(chunk -> assertThat(chunk.hasArray()).isTrue())
                .doOnNext(chunk -> read.update(chunk.duplicate()))
                .reduce(0L, (sum, chunk) -> sum + chunk.remaining());
        StepVerifier.create(Mono.zip(UnixPipes.write(socket, chunks), reading))
                .assertNext(both -> assertThat(both.getT1()).isEqualTo(new PipeWrite(both.getT2(), true)))
                .verifyComplete();
        assertThat(read.getValue()).isEqualTo(written.getValue());
        assertThat(socket).doesNotExist();
    }

    @Test
    void chunksWithoutBytesAreNoEnd() {
        Flux<ByteBuffer> chunks = Flux.just(text(""), text("a"), text(""), text("b"));
        UnixPipes.write(socket, chunks).subscribe();
        UnixPipes.read(socket)
                .map(chunk -> UTF_8.decode(chunk).toString())
                .as(StepVerifier::create)
                .expectNext("a", "b")
                .verifyComplete();
    }

    @Test
    void aReaderWaitsForTheWriterAndSaysSo() {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        StepVerifier.create(UnixPipes.read(socket).contextWrite(monitor.watch()))
                .expectSubscription()
                .then(() -> await().until(() -> monitor.waits().toString().contains("for the pipe to appear")))
                .then(() -> UnixPipes.write(socket, Flux.just(text("late"))).subscribe())
                .expectNextCount(1)
                .verifyComplete();
        assertThat(monitor.bytes()).isEqualTo(4);
    }

    @Test
    void theBytesAreSubscribedToWhenAReaderHasComeAndTwoChunksAhead() {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        TestPublisher<ByteBuffer> bytes = TestPublisher.create();
        Disposable writing = UnixPipes.write(socket, bytes.flux())
                .contextWrite(monitor.watch())
                .subscribe();
        await().until(() -> monitor.waits().toString().matches("\\[train_0: waiting .* for a reader]"));
        bytes.assertWasNotSubscribed();
        StepVerifier.create(UnixPipes.read(socket))
                .expectSubscription()
                .then(() -> await().untilAsserted(() -> bytes.assertMinRequested(2)))
                .then(() -> bytes.next(text("abc")))
                .expectNextCount(1)
                .then(bytes::complete)
                .verifyComplete();
        await().until(writing::isDisposed);
    }

    @Test
    void readsNoChunkThatWasNotAskedFor() {
        AtomicLong written = new AtomicLong();
        Flux<ByteBuffer> endless = Flux.range(0, 1_000_000)
                .map(i -> ByteBuffer.allocate(64 << 10))
                .doOnNext(c -> written.incrementAndGet());
        Disposable writing = UnixPipes.write(socket, endless).subscribe();
        StepVerifier.create(UnixPipes.read(socket), 1)
                .expectNextCount(1)
                .then(() -> await().during(Duration.ofMillis(100)).until(() -> written.get() < 32))
                .thenCancel()
                .verify();
        await().until(writing::isDisposed);
    }

    @Test
    void anErrorOfTheBytesReachesTheReader() {
        Flux<ByteBuffer> failing = Flux.concat(Flux.just(text("begin")), Flux.error(new IOException("s3: denied")));
        Mono<PipeWrite> writing = UnixPipes.write(socket, failing);
        StepVerifier.create(Mono.zip(
                        writing.materialize(),
                        UnixPipes.read(socket).materialize().collectList()))
                .assertNext(both -> {
                    assertThat(both.getT1().getThrowable())
                            .isInstanceOf(IOException.class)
                            .hasMessage("s3: denied");
                    assertThat(both.getT2()).hasSize(2);
                    assertThat(both.getT2().get(1).getThrowable())
                            .isInstanceOf(PipeException.class)
                            .hasMessage("the writer ended the pipe after 5 bytes: s3: denied (" + socket
                                    + ") [PF-PIPE-04]");
                })
                .verifyComplete();
    }

    @Test
    void aWriterThatIsKilledIsLostAndNoEnd() throws Exception {
        try (ForkedJvm writer = ForkedJvm.run(UnixWriterMain.class, socket)) {
            StepVerifier.create(UnixPipes.read(socket))
                    .expectNext(text("first"))
                    .then(writer::kill)
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(PipeException.class)
                            .hasMessage("could not read the pipe: the writer was lost after 5 bytes,"
                                    + " without an end or an error (" + socket + ") [PF-PIPE-03]"));
        }
    }

    @Test
    void aWriterThatIsStoppedIsLostToo() {
        Disposable writing = UnixPipes.write(socket, Flux.concat(Flux.just(text("first")), Flux.never()))
                .subscribe();
        StepVerifier.create(UnixPipes.read(socket))
                .expectNextCount(1)
                .then(writing::dispose)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("the writer was lost after 5 bytes"));
    }

    @Test
    void aReaderThatLeavesEndsTheWritingAndCancelsTheBytes() {
        TestPublisher<ByteBuffer> bytes = TestPublisher.create();
        StepVerifier.create(UnixPipes.write(socket, bytes.flux()))
                .then(() -> {
                    Disposable reading = UnixPipes.read(socket).subscribe();
                    await().untilAsserted(bytes::assertWasSubscribed);
                    reading.dispose();
                    await().until(() ->
                            OpenResources.pipeThreads().stream().noneMatch(name -> name.startsWith("pipeflux-read")));
                    bytes.next(text("unread"));
                })
                .assertNext(write -> assertThat(write.complete()).isFalse())
                .verifyComplete();
        bytes.assertCancelled();
    }

    @Test
    void aReaderThatLeavesBeforeTheEndHasNotReadItWhole() {
        Sinks.Empty<ByteBuffer> end = Sinks.empty();
        StepVerifier.create(UnixPipes.write(socket, Flux.concat(Flux.just(text("first")), end.asMono())))
                .then(() -> UnixPipes.read(socket).take(1).blockLast())
                .then(() -> await().until(() ->
                        OpenResources.pipeThreads().stream().noneMatch(name -> name.startsWith("pipeflux-read"))))
                .then(() -> end.tryEmitEmpty().orThrow())
                .expectNext(new PipeWrite(5, false))
                .verifyComplete();
    }

    @Test
    void cancelWhileNobodyReadsReleasesTheWriterAndTheName() {
        StepVerifier.create(UnixPipes.write(socket, Flux.never()))
                .expectSubscription()
                .then(() -> await().until(() -> Files.exists(socket)))
                .thenCancel()
                .verify();
        await().until(() -> !Files.exists(socket));
    }

    @Test
    void cancelWhileAWriteBlocksReleasesTheWriter() throws IOException {
        PipelineMonitor monitor = PipelineMonitor.create("test");
        Flux<ByteBuffer> endless = Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(64 << 10));
        Disposable writing =
                UnixPipes.write(socket, endless).contextWrite(monitor.watch()).subscribe();
        await().until(() -> Files.exists(socket));
        try (SocketChannel reader = connected()) {
            reader.write(text("PFX1"));
            await().during(Duration.ofMillis(20))
                    .until(() -> monitor.waits().toString().contains("the reader to take"));
            writing.dispose();
            await().until(() -> OpenResources.pipeThreads().isEmpty());
        }
    }

    @Test
    void cancelWhileThereIsNoWriterReleasesTheReader() {
        StepVerifier.create(UnixPipes.read(socket))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(20))
                .thenCancel()
                .verify();
    }

    @ParameterizedTest
    @CsvSource({"0, demand", "32, bytes from the writer"})
    void cancelBetweenReadsAndWhileAReadBlocksReleasesTheReader(int ahead, String waitsFor) {
        Flux<ByteBuffer> stalling = Flux.concat(Flux.just(text("first")), Flux.never());
        PipelineMonitor monitor = PipelineMonitor.create("test");
        Disposable writing = UnixPipes.write(socket, stalling).subscribe();
        Disposable reading = UnixPipes.read(socket)
                .concatMap(chunk -> Flux.never(), ahead)
                .contextWrite(monitor.watch())
                .subscribe();
        await().until(() -> monitor.waits().toString().contains("for " + waitsFor));
        reading.dispose();
        writing.dispose();
    }

    @Test
    void theSocketOfAKilledWriterIsWaitedAtAndTakenOver() throws IOException {
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        StepVerifier.create(UnixPipes.read(socket))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(30))
                .then(() -> UnixPipes.write(socket, Flux.just(text("alive"))).subscribe())
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void aSecondWriterIsRefusedAndTheFirstGoesOn() {
        Disposable first =
                UnixPipes.write(socket, Flux.just(text("of the first"))).subscribe();
        await().until(() -> Files.exists(socket));
        UnixPipes.write(socket, Flux.just(text("of the second")))
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipeException.class)
                        .hasMessage("could not write the pipe: another writer waits for a reader at " + socket
                                + " (train_0) [PF-PIPE-02]"));
        UnixPipes.read(socket)
                .as(StepVerifier::create)
                .expectNext(text("of the first"))
                .verifyComplete();
        await().until(first::isDisposed);
    }

    @Test
    void aStrangerIsNotTakenForAReader() throws IOException {
        Disposable writing = UnixPipes.write(socket, Flux.just(text("bytes"))).subscribe();
        await().until(() -> Files.exists(socket));
        try (SocketChannel stranger = connected()) {
            stranger.write(text("GET /"));
        }
        UnixPipes.read(socket).as(StepVerifier::create).expectNextCount(1).verifyComplete();
        await().until(writing::isDisposed);
    }

    @Test
    void whatIsNoFrameIsRefused() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            StepVerifier.create(UnixPipes.read(socket))
                    .expectSubscription()
                    .then(() -> answer(server, ByteBuffer.allocate(4).putInt(-7).flip()))
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .hasMessageContaining("expected the length of a frame after 0 bytes, but got -7"));
        }
    }

    private static void answer(ServerSocketChannel server, ByteBuffer bytes) {
        try (SocketChannel reader = server.accept()) {
            reader.read(ByteBuffer.allocate(4)); // unread, it would reset the connection
            reader.write(bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aPathThatIsNoSocketIsNamedAsWhatItIs() throws IOException {
        Files.writeString(socket, "data");
        UnixPipes.read(socket)
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("expected a socket, but "));
        UnixPipes.write(socket, Flux.empty())
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("expected a socket, but "));
        assertThat(socket).hasContent("data");
    }

    private SocketChannel connected() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }
}
