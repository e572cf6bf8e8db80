package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** The rows of a chunk that are handed over together, and the same one by one. */
class RunsTest {

    private static final int CASES = 300;

    @Test
    void batchesAreTheSameAsWithAnOperatorBetween() {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            int rows = random.nextInt(500);
            byte[] frames = ByteFrames.frames(
                    IntStream.range(0, rows).mapToObj(Integer::toString).toArray(String[]::new));
            int chunk = 1 + random.nextInt(random.nextBoolean() ? 20 : 2000);
            int size = 1 + random.nextInt(40);
            int demand = 1 + random.nextInt(3);
            boolean ahead = random.nextBoolean();
            Function<Flux<RawRecord>, Flux<List<String>>> pipeline = source -> source.transform(repeat(2))
                    .transform(ahead ? prefetch(1 + random.nextInt(100)) : same -> same)
                    .transform(mapAndBatch(size, 1 + random.nextInt(3), ByteFrames::text))
                    .limitRate(demand);
            Flux<ByteBuffer> chunks = Flux.defer(() -> Flux.fromIterable(ByteFrames.chunks(frames, chunk)));
            List<List<String>> inRuns = chunks.transform(ByteFrames.FORMAT.decode())
                    .transform(pipeline)
                    .collectList()
                    .block();
            List<List<String>> apart = chunks.transform(ByteFrames.FORMAT.decode())
                    .doOnNext(row -> {})
                    .transform(pipeline)
                    .collectList()
                    .block();
            assertThat(inRuns).as("seed " + seed).isEqualTo(apart);
            assertThat(Objects.requireNonNull(inRuns)).hasSize((2 * rows + size - 1) / size);
        }
    }

    /** A receiver of dead letters is code of a user, on the thread that decodes: a bounded queue, for example. */
    @Test
    void aDeadLetterThatWaitsForTheBatchBeforeItIsNoDeadlock() {
        int warmUp = 4000;
        AtomicInteger received = new AtomicInteger();
        FrameFormat<RawRecord> format = FrameFormat.of("skipping", () -> in -> {
                    if (!in.ensure(1)) {
                        return null;
                    }
                    if (in.array()[in.position()] == 'x') {
                        throw in.corruptFrame(1, "x");
                    }
                    return in.record(1, 0, 1);
                })
                .onCorrupt(SkipPolicy.skip(1, 10).deadLetters(letter -> await().until(() -> received.get() > warmUp)));
        Flux<ByteBuffer> chunks = Flux.generate(() -> 0, (at, sink) -> {
            if (at == 0) {
                sink.next(ByteBuffer.wrap("a".repeat(warmUp).getBytes(StandardCharsets.US_ASCII)));
            } else if (at == 1) {
                await().until(() ->
                        received.get() == warmUp); // the workers sleep, and a batch is known to take no time
                sink.next(ByteBuffer.wrap(new byte[] {'a', 'x', 'a'}));
            } else {
                sink.complete();
            }
            return at + 1;
        });
        chunks.transform(format.decode())
                .transform(mapAndBatch(1, 1, (RawRecord row) -> row))
                .doOnNext(batch -> received.incrementAndGet())
                .blockLast();
        assertThat(received).hasValue(warmUp + 2);
    }
}
