package io.pipeflux.core.channel;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.suite.Gzips.gzip;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ElasticResume;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ByteFrames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/** Jobs that are stopped and go on with other numbers of hosts, again and again, in random channels. */
class ElasticPropertyTest {

    private static final int CASES =
            Integer.getInteger("pipeflux.cases", 300) / 3; // each has four runs of up to five hosts
    private static final int EPOCHS = 3;

    @TempDir
    Path directory;

    /** A record as it was read, with the place after it. */
    private record Read(long epoch, String text, ResumePoint after) {}

    /** What all runs of one case have in common. */
    private record Job(
            Path files,
            boolean gzip,
            @Nullable Long objects,
            int block,
            boolean byBytes,
            boolean odd,
            boolean ignored) {

        Flux<RawRecord> host(int count, int index) {
            DirectoryChannel channel = DirectoryChannel.of(files);
            channel = byBytes ? channel.shardByBytes(count, index) : channel.shard(count, index);
            channel = objects == null ? channel : channel.shuffle(objects);
            channel = ignored ? channel.ignoreModificationTimes() : channel;
            FrameFormat<RawRecord> format = ByteFrames.FORMAT.compression(gzip ? Compression.GZIP : Compression.NONE);
            Flux<RawRecord> records = channel.objects().transform(format.decodeObjects());
            records = block == 0 ? records : records.transform(shuffle(block, 7));
            return odd ? records.filter(record -> text(record).hashCode() % 3 != 0) : records;
        }

        List<Read> all(int count, int index, Function<Context, Context> start) {
            return host(count, index)
                    .transform(repeat(EPOCHS))
                    .contextWrite(start)
                    .map(record -> new Read(record.position().epoch(), text(record), record.resumeAt()))
                    .collectList()
                    .block();
        }
    }

    private static String text(RawRecord record) {
        return UTF_8.decode(record.bytes()).toString();
    }

    @Test
    void eachRecordOfAnEpochIsReadOnceHoweverOftenTheNumberOfHostsChanges() throws IOException {
        for (int n = 0; n < CASES; n++) {
            Path files = Files.createDirectory(directory.resolve("case" + n));
            runs(new Random(n), n, files);
            delete(files);
        }
    }

    private void runs(Random random, int seed, Path files) throws IOException {
        boolean gzip = random.nextInt(3) == 0;
        List<String> texts = files(random, files, gzip);
        Job job = new Job(
                files,
                gzip,
                random.nextBoolean() ? random.nextLong() : null,
                random.nextBoolean() ? 0 : 1 + random.nextInt(8),
                random.nextInt(3) == 0,
                random.nextInt(4) == 0,
                random.nextBoolean());
        if (job.odd) {
            texts.removeIf(text -> text.hashCode() % 3 == 0);
        }
        String name = "case " + seed + ", " + job;
        TreeMap<Long, List<String>> seen = new TreeMap<>();
        ElasticResume rest = null;
        StringBuilder history = new StringBuilder();
        for (int run = 0; run < 4; run++) {
            int hosts = 1 + random.nextInt(5);
            long until = (rest == null ? 0 : rest.epoch()) + random.nextInt(2); // the furthest epoch of a host
            boolean last = run == 3;
            Function<Context, Context> start = rest == null ? context -> context : Pass.resumeAt(rest);
            long from = rest == null ? 0 : rest.epoch();
            List<ResumePoint> points = new ArrayList<>();
            List<Read> emitted = new ArrayList<>();
            for (int host = 0; host < hosts; host++) {
                List<Read> all = job.all(hosts, host, start);
                int stop = last ? all.size() : stop(random, all, until);
                if (!last && stop > 0 && random.nextInt(3) == 0) {
                    all = stoppedAndStartedAgain(job, hosts, host, rest, all, random.nextInt(stop));
                }
                emitted.addAll(all.subList(0, stop));
                points.add(
                        stop > 0
                                ? ResumePoint.fromJson(all.get(stop - 1).after.toJson())
                                : new ResumePoint(new Position(from, 0, 0, 0), 0));
            }
            emitted.forEach(read ->
                    seen.computeIfAbsent(read.epoch, e -> new ArrayList<>()).add(read.text));
            history.append(", ").append(hosts).append(" hosts to ").append(points);
            if (!last && !emitted.isEmpty()) {
                ElasticResume merged = ElasticResume.merge(rest, points);
                assertThat(merged.toJson().length()).as(name).isLessThanOrEqualTo(400 + 60 * 5 * (run + 1));
                rest = ElasticResume.fromJson(merged.toJson());
                assertThat(rest).isEqualTo(merged);
            }
        }
        for (long epoch = 0; epoch < EPOCHS; epoch++) {
            assertThat(seen.getOrDefault(epoch, List.of()))
                    .as(name + ", epoch " + epoch + history)
                    .containsExactlyInAnyOrderElementsOf(texts);
        }
    }

    /** Returns how many records a host reads before it stops, in the epoch given or the one before. */
    private static int stop(Random random, List<Read> all, long until) {
        int least = (int) all.stream().filter(read -> read.epoch < until - 1).count();
        int most = (int) all.stream().filter(read -> read.epoch <= until).count();
        return most == 0 ? 0 : Math.max(least + (until > 1 ? 1 : 0), least + random.nextInt(most - least + 1));
    }

    /** Returns what a host reads that stops after the n-th record and is started again, of as many hosts. */
    private static List<Read> stoppedAndStartedAgain(
            Job job, int hosts, int host, @Nullable ElasticResume rest, List<Read> all, int n) {
        ResumePoint point = ResumePoint.fromJson(all.get(n).after.toJson());
        List<Read> both = new ArrayList<>(all.subList(0, n + 1));
        both.addAll(job.all(hosts, host, rest == null ? Pass.resumeAt(point) : Pass.resumeAt(rest, point)));
        assertThat(both).isEqualTo(all);
        return both;
    }

    private static List<String> files(Random random, Path files, boolean gzip) throws IOException {
        List<String> texts = new ArrayList<>();
        int count = 1 + random.nextInt(12);
        int most = 1 + random.nextInt(9);
        for (int i = 0; i < count; i++) {
            List<String> records = new ArrayList<>();
            int size = i == 0 ? 1 + random.nextInt(most) : random.nextInt(4) == 0 ? 0 : random.nextInt(most + 1);
            for (int k = 0; k < size; k++) {
                records.add(i + "/" + k + "x".repeat(random.nextInt(5)));
            }
            texts.addAll(records);
            byte[] bytes = ByteFrames.frames(records.toArray(String[]::new));
            Files.write(files.resolve(String.format("f%02d", i)), gzip ? gzip(bytes) : bytes);
        }
        return texts;
    }

    private static void delete(Path files) throws IOException {
        try (Stream<Path> all = Files.list(files)) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(files);
    }
}
