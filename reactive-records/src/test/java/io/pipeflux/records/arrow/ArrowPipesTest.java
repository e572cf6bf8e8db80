package io.pipeflux.records.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.pipe.PipeWrite;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Batches across a real FIFO. */
class ArrowPipesTest {

    private static final int BATCH_BYTES = 1 << 20;

    /**
     * The batch asked for, and what is behind it: a read chunk, the kernel's pipe, two chunks asked for, one written.
     */
    private static final int MOST_BATCHES =
            1 + ((256 << 10) + (1 << 20) + 3 * (256 << 10) + BATCH_BYTES - 1) / BATCH_BYTES;

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

    static Stream<List<ColumnBatch>> streams() {
        return Stream.of(
                List.of(),
                List.of(TestBatches.everyKind(64, 1), TestBatches.everyKind(64, 2), TestBatches.everyKind(5, 3)),
                List.of(TestBatches.everyKind(20_000, 4), TestBatches.everyKind(0, 5), TestBatches.everyKind(1, 6)),
                List.of(TestBatches.dense(64, 2048, 7), TestBatches.dense(64, 2048, 8), TestBatches.dense(3, 2048, 9)));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void batchesThatAreWrittenAreReadBackEqual(List<ColumnBatch> batches) {
        Mono<PipeWrite> writing =
                NamedPipes.write(pipe, Flux.fromIterable(batches).transform(ArrowStreams.encode()));
        Mono<List<ColumnBatch>> reading =
                NamedPipes.read(pipe).transform(ArrowStreams.decode()).collectList();

        StepVerifier.create(Mono.zip(writing, reading))
                .assertNext(both -> {
                    assertThat(both.getT1().complete()).isTrue();
                    assertThat(both.getT2()).isEqualTo(batches);
                })
                .verifyComplete();
    }

    @Test
    void noMoreBatchesAreMadeThanTheFarSideAsksForAndThePipeHolds() {
        AtomicInteger made = new AtomicInteger();
        Flux<ColumnBatch> batches = Flux.range(0, 100).map(i -> {
            made.incrementAndGet();
            return TestBatches.dense(64, BATCH_BYTES / 64 / Double.BYTES, i);
        });
        NamedPipes.write(pipe, batches.transform(ArrowStreams.encode())).subscribe();
        AtomicInteger read = new AtomicInteger();
        BaseSubscriber<ColumnBatch> reader = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {}

            @Override
            protected void hookOnNext(ColumnBatch batch) {
                read.incrementAndGet();
            }
        };
        NamedPipes.read(pipe).transform(ArrowStreams.decode()).subscribe(reader);

        assertThat(made).hasValue(0); // the pipe is not open yet: nobody asked
        for (int asked = 1; asked <= 3; asked++) {
            int now = asked;
            reader.request(1);
            await().until(() -> read.get() == now);
            await().during(Duration.ofMillis(200))
                    .until(() -> made.get() <= MOST_BATCHES - 1 + now && read.get() == now);
        }
        assertThat(made.get()).isGreaterThanOrEqualTo(3);
        reader.cancel();
    }

    @Test
    void aChunkIsAskedForWhenABatchIs() {
        Flux<ByteBuffer> chunks =
                Flux.range(0, 3).map(i -> TestBatches.dense(64, 2048, i)).transform(ArrowStreams.encode());

        StepVerifier.create(chunks.transform(ArrowStreams.decode()), 0)
                .thenRequest(1)
                .expectNext(TestBatches.dense(64, 2048, 0))
                .thenRequest(2)
                .expectNext(TestBatches.dense(64, 2048, 1), TestBatches.dense(64, 2048, 2))
                .thenRequest(1) // the end is seen when more is asked for
                .verifyComplete();
    }
}
