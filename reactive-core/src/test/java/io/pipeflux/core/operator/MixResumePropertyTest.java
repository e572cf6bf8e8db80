package io.pipeflux.core.operator;

import static io.pipeflux.core.suite.Gzips.gzip;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.suite.ByteFrames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Random sources, mixes and pipelines: resumed after any batch, a run gives exactly the rest. */
class MixResumePropertyTest {

    private static final int ROUNDS = Integer.getInteger("pipeflux.rounds", 80);
    private static final int EPOCHS = 2;
    private static final int MOST_BATCHES = 25; // endless sources end there

    @TempDir
    Path directory;

    private final List<String> steps = new ArrayList<>();
    private boolean endless;

    /** Some rows, and where the next one is. */
    private record Batch(List<String> rows, ResumePoint resumeAt) {

        static Batch of(List<RawRecord> records) {
            return new Batch(
                    records.stream().map(Batch::row).toList(),
                    records.get(records.size() - 1).resumeAt());
        }

        static Batch ofRows(List<List<RawRecord>> rows) {
            return new Batch(
                    rows.stream()
                            .map(row -> row.stream().map(Batch::row).collect(Collectors.joining(" + ")))
                            .toList(),
                    rows.get(rows.size() - 1).get(0).resumeAt());
        }

        private static String row(RawRecord record) {
            return record.ordinal() + ", " + record.position() + ": " + ByteFrames.text(record);
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, ROUNDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void resumedAfterAnyBatchARunGivesExactlyTheRest(int seed) {
        Random random = new Random(seed);
        boolean repeatedSources = random.nextInt(4) == 0;
        endless = repeatedSources && random.nextBoolean();
        int size = 1 + random.nextInt(9);
        int parallelism = random.nextInt(3);
        Flux<Batch> batches;
        if (random.nextInt(4) == 0) {
            WhenOneEnds end = random.nextBoolean() ? WhenOneEnds.STOP : WhenOneEnds.FAIL;
            Flux<List<RawRecord>> rows =
                    sources(random, repeatedSources, end == WhenOneEnds.FAIL).transform(PipeOperators.zip(end));
            steps.add("zip(" + end + ")");
            batches = (repeatedSources ? rows : rows.transform(PipeOperators.repeat(EPOCHS)))
                    .transform(PipeOperators.mapAndBatch(
                            size, parallelism, Collectors.collectingAndThen(Collectors.toList(), Batch::ofRows)));
        } else {
            Flux<RawRecord> records = after(random, mix(random, repeatedSources, 0));
            batches = (repeatedSources ? records : records.transform(PipeOperators.repeat(EPOCHS)))
                    .transform(f -> random.nextBoolean() ? f.transform(PipeOperators.prefetch(7)) : f)
                    .transform(PipeOperators.mapAndBatch(
                            size, parallelism, Collectors.collectingAndThen(Collectors.toList(), Batch::of)));
        }
        assertResumes(batches, "seed " + seed + ", " + steps);
    }

    private static void assertResumes(Flux<Batch> batches, String description) {
        List<Batch> whole = batches.take(MOST_BATCHES).collectList().block();
        for (int i = 0; i < whole.size() && i < MOST_BATCHES - 1; i++) {
            ResumePoint point = whole.get(i).resumeAt();
            String json = point.toJson();
            assertThat(ResumePoint.fromJson(json)).isEqualTo(point);
            assertThat(batches.contextWrite(Pass.resumeAt(ResumePoint.fromJson(json)))
                            .take(MOST_BATCHES - i - 1)
                            .collectList()
                            .block())
                    .as("%s, after batch %s: %s", description, i, json)
                    .isEqualTo(whole.subList(i + 1, whole.size()));
        }
    }

    private Flux<RawRecord> mix(Random random, boolean repeatedSources, int depth) {
        Flux<Flux<RawRecord>> sources = sources(random, repeatedSources, false);
        if (depth == 0 && random.nextInt(5) == 0) {
            Flux<RawRecord> inner = mix(random, repeatedSources, 1);
            sources = Flux.just(inner).concatWith(sources);
        }
        if (random.nextBoolean()) {
            int cycle = 1 + random.nextInt(4);
            int block = 1 + random.nextInt(5);
            steps.add("interleave(" + cycle + ", " + block + ")");
            return sources.transform(PipeOperators.interleave(cycle, block));
        }
        double[] weights = new double[sources.count().block().intValue()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 0.01 + random.nextDouble();
        }
        WhenOneEnds end = random.nextBoolean() ? WhenOneEnds.STOP : WhenOneEnds.CONTINUE;
        steps.add("sample(" + end + ", " + weights.length + " sources)");
        return sources.transform(PipeOperators.sample(end, random.nextLong(), weights));
    }

    private Flux<RawRecord> after(Random random, Flux<RawRecord> records) {
        Flux<RawRecord> out = records;
        if (random.nextInt(3) == 0) {
            out = out.transform(step("shard after the mix", PipeOperators.shard(2, random.nextInt(2))));
        }
        if (random.nextInt(4) == 0) {
            out = out.filter(record -> ByteFrames.text(record).hashCode() % 3 != 0);
            steps.add("filter");
        }
        if (random.nextInt(2) == 0) {
            int block = 1 + random.nextInt(30);
            out = out.transform(
                    step("shuffle(" + block + ") after the mix", PipeOperators.shuffle(block, random.nextLong())));
        }
        return out;
    }

    private <R> Function<Flux<R>, Flux<R>> step(String name, Function<Flux<R>, Flux<R>> operator) {
        steps.add(name);
        return operator;
    }

    private Flux<Flux<RawRecord>> sources(Random random, boolean repeated, boolean equal) {
        int count = 1 + random.nextInt(4);
        int length = random.nextInt(40);
        long seed = random.nextLong();
        List<Flux<RawRecord>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int records = equal ? length : random.nextInt(4) == 0 ? random.nextInt(2) : random.nextInt(40);
            Flux<RawRecord> source = random.nextBoolean() ? stream(random, i, records) : files(random, i, records);
            if (random.nextInt(3) == 0 && !equal) {
                source = source.transform(step("shard", PipeOperators.shard(3, random.nextInt(3))));
            }
            if (random.nextInt(3) == 0) {
                source = source.transform(step("shuffle", PipeOperators.shuffle(1 + random.nextInt(20), seed)));
            }
            if (repeated) {
                source = source.transform(
                        step("repeat", endless ? PipeOperators.repeat() : PipeOperators.repeat(EPOCHS)));
            }
            boolean async = random.nextInt(3) == 0;
            all.add(async ? source.publishOn(Schedulers.parallel(), 2) : source);
        }
        steps.add(count + " sources");
        return Flux.fromIterable(all);
    }

    private static byte[] frames(int source, int from, int to) {
        return ByteFrames.frames(IntStream.range(from, to)
                .mapToObj(i -> "row " + "x".repeat(i % 7) + source + "/" + i)
                .toArray(String[]::new));
    }

    private static Flux<RawRecord> stream(Random random, int source, int records) {
        boolean gzip = random.nextInt(3) == 0;
        byte[] frames = frames(source, 0, records);
        byte[] bytes = gzip ? gzip(frames) : frames;
        int chunk = 1 + random.nextInt(100);
        return Flux.<ByteBuffer>defer(() -> Flux.fromIterable(ByteFrames.chunks(bytes, chunk)))
                .transform(ByteFrames.FORMAT
                        .compression(gzip ? Compression.GZIP : Compression.NONE)
                        .decode());
    }

    private Flux<RawRecord> files(Random random, int source, int records) {
        try {
            Path files = Files.createTempDirectory(directory, "source");
            int perFile = 1 + random.nextInt(12);
            for (int from = 0; from == 0 || from < records; from += perFile) {
                Path file = files.resolve("part-" + (100 + from));
                Files.write(file, frames(source, from, Math.min(records, from + perFile)));
            }
            DirectoryChannel channel = DirectoryChannel.of(files);
            channel = random.nextBoolean() ? channel.shuffle(random.nextLong()) : channel;
            return channel.objects().transform(ByteFrames.FORMAT.decodeObjects());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
