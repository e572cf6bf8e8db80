package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is under way between a writer and a reader that has taken one chunk and requests no more. */
class KernelBoundsTest {

    private static final int CHUNK = 4096;
    private static final int WRITER = 2 * CHUNK;
    private static final int ONE_READ = 256 << 10;
    private static final int SMALLEST_PIPE = 64 << 10;
    private static final int LARGEST_PIPE = 1 << 20;

    private interface Writer {
        Mono<PipeWrite> write(Path pipe, Publisher<ByteBuffer> bytes);
    }

    @TempDir
    Path directory;

    @Test
    void aFifoHasItsSizeAndTheWriterTwoChunksAndTheReaderNone() {
        NamedPipes.create(directory.resolve("train_0"));
        Flux<ByteBuffer> read = PipeChannels.create(
                        PipeOptions.directory(directory).chunkBytes(ONE_READ))
                .channel("train");
        long underWay = underWay(NamedPipes::write, read);
        assertThat(underWay).isBetween((long) SMALLEST_PIPE, (long) LARGEST_PIPE + WRITER);
    }

    @Test
    void aSocketHasSomeHundredKibibytes() {
        long underWay = underWay(UnixPipes::write, UnixPipes.read(directory.resolve("train_0")));
        assertThat(underWay).isBetween((long) SMALLEST_PIPE, (long) LARGEST_PIPE);
    }

    /**
     * The bytes that the writer has taken from its source when it blocks, without those that the reader has emitted.
     */
    private long underWay(Writer writer, Flux<ByteBuffer> reader) {
        AtomicLong taken = new AtomicLong();
        AtomicLong emitted = new AtomicLong();
        Flux<ByteBuffer> source = Flux.range(0, 16 << 10).map(i -> {
            taken.addAndGet(CHUNK);
            return ByteBuffer.allocate(CHUNK);
        });
        Disposable writing = writer.write(directory.resolve("train_0"), source).subscribe();
        BaseSubscriber<ByteBuffer> oneChunk = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                request(1);
            }

            @Override
            protected void hookOnNext(ByteBuffer chunk) {
                emitted.addAndGet(chunk.remaining());
            }
        };
        try {
            reader.subscribe(oneChunk);
            await().until(() -> emitted.get() > 0 && taken.get() - emitted.get() >= SMALLEST_PIPE);
            AtomicLong before = new AtomicLong();
            await().during(Duration.ofMillis(500)).until(() -> before.getAndSet(taken.get()) == before.get());
            return taken.get() - emitted.get();
        } finally {
            oneChunk.dispose();
            writing.dispose();
        }
    }
}
