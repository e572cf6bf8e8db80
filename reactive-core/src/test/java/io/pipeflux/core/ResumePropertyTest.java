package io.pipeflux.core;

import static io.pipeflux.core.suite.Gzips.gzip;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.suite.ByteFrames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** Random channels and pipelines: resumed after any batch, a run gives exactly the rest. */
class ResumePropertyTest {

    private static final int SEEDS = 60;
    private static final int EPOCHS = 2;

    @TempDir
    Path directory;

    /** Some rows, and where the next one is. */
    private record Batch(List<String> rows, ResumePoint resumeAt) {

        static Batch of(List<RawRecord> records) {
            return new Batch(
                    records.stream().map(Batch::row).toList(),
                    records.get(records.size() - 1).resumeAt());
        }

        private static String row(RawRecord record) {
            return record.position().epoch() + ": " + ByteFrames.text(record);
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void resumedAfterAnyBatchARunGivesExactlyTheRest(int seed) throws IOException {
        Random random = new Random(seed);
        boolean gzip = random.nextInt(3) == 0;
        byte[] all = write(random, gzip);
        boolean stream = random.nextInt(4) == 0;
        Flux<RawRecord> records = stream ? ofStream(all, random, gzip) : ofFiles(random, gzip);
        List<String> steps = new ArrayList<>();
        if (random.nextInt(3) == 0) {
            int count = 1 + random.nextInt(3);
            int index = random.nextInt(count);
            records = records.transform(PipeOperators.shard(count, index));
            steps.add("shard(" + count + ", " + index + ")");
        }
        if (random.nextInt(3) == 0) {
            int modulus = 2 + random.nextInt(3);
            records = records.filter(record -> ByteFrames.text(record).hashCode() % modulus != 0);
            steps.add("filter");
        }
        if (random.nextBoolean()) {
            int block = random.nextBoolean() ? 1 + random.nextInt(12) : 1 + random.nextInt(100);
            records = records.transform(PipeOperators.shuffle(block, seed));
            steps.add("shuffle(" + block + ")");
        }
        if (steps.stream().noneMatch(step -> step.startsWith("shard")) && random.nextInt(3) == 0) {
            records = records.transform(PipeOperators.shard(2, seed % 2));
            steps.add("shard after it");
        }
        boolean endless = random.nextInt(3) == 0;
        records = records.transform(endless ? PipeOperators.repeat() : PipeOperators.repeat(EPOCHS));
        int size = 1 + random.nextInt(9);
        int parallelism = random.nextInt(3);
        Flux<Batch> batches = records.transform(PipeOperators.mapAndBatch(
                size, parallelism, Collectors.collectingAndThen(Collectors.toList(), Batch::of)));
        long limit = endless ? 12 : Long.MAX_VALUE; // it ends at once where no row is left
        List<Batch> whole = batches.take(limit).collectList().block();
        for (int i = 0; i < whole.size(); i++) {
            String json = whole.get(i).resumeAt().toJson();
            assertThat(json.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(400);
            long left = endless ? limit - i - 1 : Long.MAX_VALUE;
            if (left == 0) {
                break;
            }
            assertThat(batches.contextWrite(Pass.resumeAt(ResumePoint.fromJson(json)))
                            .take(left)
                            .collectList()
                            .block())
                    .as("seed %s, %s, stream %s, gzip %s, after batch %s: %s", seed, steps, stream, gzip, i, json)
                    .isEqualTo(whole.subList(i + 1, whole.size()));
        }
    }

    /** Files of random lengths, some empty; returns the bytes of all of them, one after the other. */
    private byte[] write(Random random, boolean gzip) throws IOException {
        int files = 1 + random.nextInt(8);
        int next = 0;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int file = 0; file < files; file++) {
            int count = random.nextInt(4) == 0 ? 0 : random.nextInt(12);
            count = file == files - 1 && next == 0 ? 5 : count;
            byte[] frames = ByteFrames.frames(IntStream.range(next, next + count)
                    .mapToObj(i -> "row " + "x".repeat(i % 7) + i)
                    .toArray(String[]::new));
            byte[] bytes = gzip ? gzip(frames) : frames;
            Files.write(directory.resolve("part-" + file), bytes);
            all.writeBytes(bytes);
            next += count;
        }
        return all.toByteArray();
    }

    private Flux<RawRecord> ofFiles(Random random, boolean gzip) {
        DirectoryChannel channel = DirectoryChannel.of(directory);
        channel = random.nextBoolean() ? channel.shuffle(random.nextLong()) : channel;
        int hosts = 1 + random.nextInt(3);
        channel = random.nextBoolean() ? channel.shard(hosts, random.nextInt(hosts)) : channel;
        return channel.objects()
                .transform(ByteFrames.FORMAT
                        .compression(gzip ? Compression.GZIP : Compression.NONE)
                        .decodeObjects());
    }

    private static Flux<RawRecord> ofStream(byte[] bytes, Random random, boolean gzip) {
        int chunk = 1 + random.nextInt(100);
        Flux<ByteBuffer> chunks = Flux.defer(() -> Flux.fromIterable(ByteFrames.chunks(bytes, chunk)));
        return chunks.transform(ByteFrames.FORMAT
                .compression(gzip ? Compression.GZIP : Compression.NONE)
                .decode());
    }
}
