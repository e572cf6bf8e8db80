package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class NamedPipesTest {

    @TempDir
    Path directory;

    private Path pipe;

    @BeforeEach
    void makePipe() {
        pipe = directory.resolve("pipe");
        NamedPipes.create(pipe);
    }

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
    }

    @Test
    void whatIsWrittenIsReadToTheByte() {
        Random random = new Random(1);
        CRC32C written = new CRC32C();
        CRC32C read = new CRC32C();
        Flux<ByteBuffer> chunks = Flux.range(0, 200).map(i -> {
            byte[] bytes = new byte[random.nextInt(100_000)];
            random.nextBytes(bytes);
            written.update(bytes);
            return ByteBuffer.wrap(bytes);
        });
        Mono<Long> reading = NamedPipes.read(pipe)
                .doOnNext(chunk -> assertThat(chunk.remaining()).isBetween(1, 256 << 10))
                .doOnNext(chunk -> assertThat(chunk.hasArray()).isTrue())
                .doOnNext(chunk -> read.update(chunk.duplicate()))
                .reduce(0L, (sum, chunk) -> sum + chunk.remaining());
        StepVerifier.create(Mono.zip(NamedPipes.write(pipe, chunks), reading))
                .assertNext(both -> assertThat(both.getT1()).isEqualTo(new PipeWrite(both.getT2(), true)))
                .verifyComplete();
        assertThat(read.getValue()).isEqualTo(written.getValue());
    }

    @Test
    void theBytesAreSubscribedToWhenAReaderHasComeAndTwoChunksAhead() {
        TestPublisher<ByteBuffer> bytes = TestPublisher.create();
        Disposable writing = NamedPipes.write(pipe, bytes.flux()).subscribe();
        bytes.assertWasNotSubscribed();
        StepVerifier.create(NamedPipes.read(pipe))
                .expectSubscription()
                .then(() -> await().untilAsserted(() -> bytes.assertMinRequested(2)))
                .then(() -> bytes.next(ByteBuffer.allocate(3)))
                .expectNextCount(1)
                .then(bytes::complete)
                .verifyComplete();
        writing.dispose();
    }

    @Test
    void aReaderThatLeavesEndsTheWritingAndCancelsTheBytes() throws IOException {
        TestPublisher<ByteBuffer> bytes = TestPublisher.create();
        StepVerifier.create(NamedPipes.write(pipe, bytes.flux()))
                .then(() -> {
                    Disposable reading = NamedPipes.read(pipe).subscribe();
                    await().untilAsserted(bytes::assertWasSubscribed);
                    reading.dispose();
                    await().until(() ->
                            OpenResources.pipeThreads().stream().noneMatch(name -> name.startsWith("pipeflux-read")));
                    bytes.next(ByteBuffer.allocate(7));
                })
                .assertNext(write -> assertThat(write.complete()).isFalse())
                .verifyComplete();
        bytes.assertCancelled();
    }

    @Test
    void anErrorOfTheBytesIsSignalledAndThePipeClosed() {
        Mono<PipeWrite> writing = NamedPipes.write(pipe, Flux.error(new IllegalStateException("no bytes")));
        StepVerifier.create(writing.materialize().zipWith(NamedPipes.read(pipe).count()))
                .assertNext(both -> {
                    assertThat(both.getT1().getThrowable()).hasMessage("no bytes");
                    assertThat(both.getT2()).isZero();
                })
                .verifyComplete();
    }

    @Test
    void cancelWhileNobodyReadsReleasesTheWriter() {
        StepVerifier.create(NamedPipes.write(pipe, Flux.never()))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(30))
                .thenCancel()
                .verify();
    }

    @Test
    void cancelWhileAWriteBlocksReleasesTheWriter() throws IOException {
        Flux<ByteBuffer> endless = Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(64 << 10));
        Disposable writing = NamedPipes.write(pipe, endless).subscribe();
        try (InputStream reader = Files.newInputStream(pipe)) {
            assertThat(reader.read()).isZero();
            await().until(() -> blockedInWrite());
            writing.dispose();
            await().until(() -> OpenResources.pipeThreads().isEmpty());
        }
    }

    private static boolean blockedInWrite() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("pipeflux-write"))
                .anyMatch(thread -> thread.getValue().length > 0
                        && thread.getValue()[0].getMethodName().startsWith("write"));
    }

    @Test
    void aForeignReaderReadsPlainBytes() throws Exception {
        Process cat = new ProcessBuilder("cat", pipe.toString()).start();
        StepVerifier.create(NamedPipes.write(pipe, Flux.just(ByteBuffer.wrap("for cat".getBytes(UTF_8)))))
                .expectNext(new PipeWrite(7, true))
                .verifyComplete();
        assertThat(new String(cat.getInputStream().readAllBytes(), UTF_8)).isEqualTo("for cat");
        assertThat(cat.waitFor()).isZero();
    }

    @Test
    void aForeignWriterIsReadToItsEnd() throws Exception {
        Process writer = new ProcessBuilder("sh", "-c", "printf 'from sh' > " + pipe).start();
        NamedPipes.read(pipe)
                .map(chunk -> UTF_8.decode(chunk).toString())
                .reduce("", String::concat)
                .as(StepVerifier::create)
                .expectNext("from sh")
                .verifyComplete();
        assertThat(writer.waitFor()).isZero();
    }

    @Test
    void aPipeIsNotMadeOverAnotherFile() {
        assertThatThrownBy(() -> NamedPipes.create(pipe))
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("could not create the pipe")
                .hasMessageContaining(pipe.toString());
        assertThatThrownBy(() -> NamedPipes.create(directory.resolve("no/such/directory")))
                .isInstanceOf(PipeException.class);
    }
}
