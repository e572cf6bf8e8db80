package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.LendingFlux;
import io.pipeflux.core.internal.LettingGoCollector;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** Chunks whose memory is used again. The build overwrites what is given back, so a row that is read late differs. */
class LentChunksTest {

    private static final int ROWS = 20_000;
    private static final int CHUNK = 2048; // smaller ones are packed

    private static final Collector<RawRecord, ?, List<String>> TEXTS =
            new LettingGoCollector<>(rows -> rows.stream().map(ByteFrames::text).toList(), row -> {});

    private final ChunkMemory memory = new ChunkMemory();
    private final Set<byte[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());

    @BeforeEach
    void theBuildOverwritesWhatIsGivenBack() {
        assertThat(Boolean.getBoolean("pipeflux.poisonChunks")).isTrue();
    }

    @AfterEach
    void noHooks() {
        Hooks.resetOnEachOperator();
    }

    /** A source as ours are: each chunk in an array of its own, from the memory. */
    private Flux<ByteBuffer> lending(byte[] bytes, int size) {
        return LendingFlux.of(
                Flux.generate(() -> 0, (at, sink) -> {
                    int count = Math.min(size, bytes.length - at);
                    if (count == 0) {
                        sink.complete();
                    } else {
                        byte[] chunk = memory.take(count);
                        arrays.add(chunk);
                        System.arraycopy(bytes, at, chunk, 0, count);
                        sink.next(ByteBuffer.wrap(chunk, 0, count));
                    }
                    return at + count;
                }),
                memory);
    }

    private static byte[] frames(int rows) {
        return ByteFrames.frames(
                IntStream.range(0, rows).mapToObj(i -> "row " + i).toArray(String[]::new));
    }

    private static List<String> rows(List<List<String>> batches) {
        return batches.stream().flatMap(List::stream).toList();
    }

    private static List<String> expected(int rows) {
        return IntStream.range(0, rows).mapToObj(i -> "row " + i).toList();
    }

    private int chunks() {
        return (frames(ROWS).length + CHUNK - 1) / CHUNK;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theChunksOfRowsThatHaveBecomeBatchesAreUsedAgain(int parallelism) {
        List<List<String>> batches = lending(frames(ROWS), CHUNK)
                .transform(ByteFrames.FORMAT.decode())
                .transform(repeat(1))
                .transform(parallelism > 0 ? prefetch(10) : rows -> rows)
                .transform(mapAndBatch(BatchOptions.of(7, parallelism).lookAheadRows(21), TEXTS))
                .collectList()
                .block();
        assertThat(rows(Objects.requireNonNull(batches))).isEqualTo(expected(ROWS));
        assertThat(arrays.size()).isLessThan(chunks() / 10);
    }

    /** Each puts somebody on the way who may keep a chunk or a row. */
    private void keepsAll(Function<Flux<ByteBuffer>, Flux<List<String>>> pipeline) {
        List<List<String>> batches =
                pipeline.apply(lending(frames(ROWS), CHUNK)).collectList().block();
        assertThat(rows(Objects.requireNonNull(batches)).stream().sorted()) // hasSameElementsAs takes seconds
                .isEqualTo(expected(ROWS).stream().sorted().toList());
        assertThat(arrays.size()).isEqualTo(chunks());
    }

    @Test
    void anOperatorOnTheChunksKeepsThem() {
        List<ByteBuffer> kept = new ArrayList<>();
        keepsAll(chunks ->
                chunks.doOnNext(kept::add).transform(ByteFrames.FORMAT.decode()).transform(mapAndBatch(7, 0, TEXTS)));
        int bytes = kept.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer all = ByteBuffer.allocate(bytes);
        kept.forEach(all::put);
        assertThat(all.array()).isEqualTo(frames(ROWS));
    }

    @Test
    void anOperatorOnTheRowsKeepsThem() {
        List<RawRecord> kept = new ArrayList<>();
        keepsAll(chunks ->
                chunks.transform(ByteFrames.FORMAT.decode()).doOnNext(kept::add).transform(mapAndBatch(7, 0, TEXTS)));
        assertThat(kept.stream().map(ByteFrames::text)).isEqualTo(expected(ROWS));
    }

    @Test
    void aCollectorOfAUserKeepsTheRows() {
        List<RawRecord> kept = new ArrayList<>();
        keepsAll(chunks -> chunks.transform(ByteFrames.FORMAT.decode())
                .transform(mapAndBatch(7, 1, Collectors.filtering(kept::add, TEXTS))));
        assertThat(kept.stream().map(ByteFrames::text)).isEqualTo(expected(ROWS));
    }

    @Test
    void aMapperOfAUserKeepsTheRows() {
        keepsAll(chunks -> chunks.transform(ByteFrames.FORMAT.decode())
                .transform(mapAndBatch(7, 1, (RawRecord row) -> row))
                .collectList()
                .flatMapIterable(all -> all)
                .map(rows -> rows.stream().map(ByteFrames::text).toList()));
    }

    @Test
    void aShuffleKeepsTheRows() {
        keepsAll(chunks -> chunks.transform(ByteFrames.FORMAT.decode())
                .transform(shuffle(100, 1))
                .transform(mapAndBatch(7, 0, TEXTS)));
    }

    @Test
    void aHookOnAssemblyKeepsTheChunks() {
        Hooks.onEachOperator(publisher ->
                publisher instanceof Mono ? publisher : Flux.from(publisher).hide());
        keepsAll(chunks -> chunks.transform(ByteFrames.FORMAT.decode()).transform(mapAndBatch(7, 0, TEXTS)));
    }

    @Test
    void aDecoderOfAUserKeepsItsRecords() {
        List<RawRecord> kept = new ArrayList<>();
        FrameFormat<RawRecord> format = FrameFormat.of("keeps all", () -> in -> {
            if (!in.ensure(1)) {
                return null;
            }
            int length = in.array()[in.position()];
            if (!in.ensure(1 + length)) {
                return null;
            }
            RawRecord record = in.record(1 + length, 1, length);
            kept.add(record);
            return record;
        });
        keepsAll(chunks -> chunks.transform(format.decode()).transform(mapAndBatch(7, 0, TEXTS)));
        assertThat(kept.stream().map(ByteFrames::text)).isEqualTo(expected(ROWS));
    }

    @Test
    void aReceiverOfDeadLettersKeepsTheChunks() {
        FrameFormat<RawRecord> format =
                ByteFrames.FORMAT.onCorrupt(SkipPolicy.skip(1, 10).deadLetters(letter -> {}));
        keepsAll(chunks -> chunks.transform(format.decode()).transform(mapAndBatch(7, 0, TEXTS)));
    }

    /** A hook for discarded rows may keep them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void discardedRowsStayWhatTheyWere(int parallelism) {
        Random random = new Random(parallelism);
        for (int i = 0; i < 100; i++) {
            int fails = random.nextInt(ROWS);
            Queue<RawRecord> discarded = new ConcurrentLinkedQueue<>();
            Collector<RawRecord, ?, List<String>> failing = new LettingGoCollector<>(
                    rows -> {
                        List<String> texts = rows.stream().map(ByteFrames::text).toList();
                        if (texts.contains("row " + fails)) {
                            throw new IllegalStateException("row " + fails);
                        }
                        return texts;
                    },
                    row -> {});
            List<List<String>> batches = new ArrayList<>();
            lending(frames(ROWS), CHUNK)
                    .transform(ByteFrames.FORMAT.decode())
                    .transform(mapAndBatch(BatchOptions.of(7, parallelism).lookAheadRows(70), failing))
                    .doOnDiscard(RawRecord.class, discarded::add)
                    .doOnNext(batches::add)
                    .onErrorComplete(IllegalStateException.class)
                    .blockLast();
            List<String> before = rows(batches);
            assertThat(before).isEqualTo(expected(before.size()));
            assertThat(discarded).isNotEmpty();
            assertThat(discarded)
                    .allSatisfy(row -> assertThat(ByteFrames.text(row)).isEqualTo("row " + row.ordinal()));
        }
    }

    @Test
    void rowsOfAnyChunkingAreTheSame() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int count = random.nextInt(600);
            int chunk = 1 + random.nextInt(random.nextBoolean() ? 12 : 3000);
            int size = 1 + random.nextInt(30);
            int parallelism = random.nextInt(4);
            int taken = random.nextInt(60);
            List<List<String>> batches = lending(frames(count), chunk)
                    .transform(ByteFrames.FORMAT.decode())
                    .transform(repeat(2))
                    .transform(random.nextBoolean() ? prefetch(1 + random.nextInt(50)) : same -> same)
                    .transform(mapAndBatch(BatchOptions.of(size, parallelism).lookAheadRows(random.nextInt(90)), TEXTS))
                    .limitRate(1 + random.nextInt(3))
                    .take(random.nextBoolean() ? Long.MAX_VALUE : taken)
                    .collectList()
                    .block();
            List<String> twice = new ArrayList<>(expected(count));
            twice.addAll(expected(count));
            List<String> found = rows(Objects.requireNonNull(batches));
            assertThat(found).as("seed " + seed).isEqualTo(twice.subList(0, found.size()));
        }
    }

    @Test
    void theMemoryIsOverwrittenInTests() {
        byte[] chunk = {1, 2, 3};
        memory.giveBack(chunk);
        assertThat(chunk).doesNotContain(1, 2, 3);
        assertThat(Arrays.equals(memory.take(3), chunk)).isTrue();
    }
}
