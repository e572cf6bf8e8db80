package io.pipeflux.s3;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ElasticResume;
import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.ChannelSplit;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.Resuming;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Jobs over channels in S3 that go on with other numbers of hosts. */
class S3ElasticTest extends S3Test {

    /** Records of four bytes. */
    private static final FrameFormat<RawRecord> FOURS =
            FrameFormat.of("fours", () -> in -> in.ensure(4) ? in.record(4, 0, 4) : null);

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300) / 50;

    private int put(String key, int first, int count) {
        byte[] bytes = IntStream.range(first, first + count)
                .mapToObj(i -> String.format("%04d", i))
                .collect(Collectors.joining())
                .getBytes(UTF_8);
        server.put(bucket, key, bytes);
        return first + count;
    }

    private String key(String key) {
        return "s3://" + bucket + "/" + key;
    }

    private Flux<RawRecord> host(S3Channel all, boolean byBytes, int block, int count, int index) {
        Flux<RawRecord> records = (byBytes ? all.shardByBytes(count, index) : all.shard(count, index))
                .objects()
                .transform(FOURS.decodeObjects());
        return block == 0 ? records : records.transform(shuffle(block, 5));
    }

    @Test
    void eachRecordIsReadOnceOverThreeRuns() {
        for (int n = 0; n < CASES; n++) {
            Random random = new Random(n);
            int objects = 1 + random.nextInt(12);
            int records = 0;
            StringBuilder manifest = new StringBuilder("[{\"prefix\": \"" + key("case" + n + "/") + "\"}");
            for (int i = 0; i < objects; i++) {
                String name = String.format("o%02d", i);
                records = put("case" + n + "/" + name, records, i == 0 ? 3 : random.nextInt(6));
                manifest.append(", \"").append(name).append('"');
            }
            server.put(bucket, "m" + n, manifest.append("]").toString().getBytes(UTF_8));
            boolean listed = random.nextBoolean();
            S3Channel all = listed
                    ? S3Channels.prefix(
                            client,
                            key("case" + n + "/"),
                            S3ReadOptions.defaults().partSize(8))
                    : S3Channels.manifest(client, key("m" + n));
            S3Channel channel = random.nextBoolean() ? all.shuffle(n) : all;
            runs(random, channel, listed && random.nextBoolean(), random.nextInt(5), records, "case " + n);
        }
    }

    private void runs(Random random, S3Channel channel, boolean byBytes, int block, int records, String name) {
        List<String> seen = new ArrayList<>();
        ElasticResume rest = null;
        for (int run = 0; run < 3; run++) {
            int hosts = 1 + random.nextInt(4);
            List<ResumePoint> points = new ArrayList<>();
            boolean read = false;
            for (int host = 0; host < hosts; host++) {
                Flux<RawRecord> own = host(channel, byBytes, block, hosts, host);
                List<RawRecord> left = (rest == null ? own : own.contextWrite(Pass.resumeAt(rest)))
                        .collectList()
                        .block();
                int stop = run == 2 ? left.size() : random.nextInt(left.size() + 1);
                left.subList(0, stop)
                        .forEach(record -> seen.add(UTF_8.decode(record.bytes()).toString()));
                points.add(stop == 0 ? ResumePoint.START : left.get(stop - 1).resumeAt());
                read |= stop > 0;
            }
            rest = read ? ElasticResume.merge(rest, points) : rest;
        }
        assertThat(seen)
                .as(name)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, records)
                        .mapToObj(i -> String.format("%04d", i))
                        .toList());
    }

    @Test
    void aLargeObjectIsReadFromTheRecordOnAndNotFromItsBeginning() {
        int records = put("t/a", 0, 5000);
        put("t/b", records, 5000);
        S3ReadOptions small = S3ReadOptions.defaults().partSize(1000).windowBytes(4000);
        S3Channel channel = S3Channels.prefix(client, key("t/"), small);
        List<ResumePoint> points = List.of(
                Resuming.after(host(channel, false, 0, 2, 0), 4990),
                Resuming.after(host(channel, false, 0, 2, 1), 4989));
        ElasticResume rest = ElasticResume.merge(points);
        int before = proxy.ranges().size();
        List<String> left = Resuming.texts(host(channel, false, 0, 1, 0).contextWrite(Pass.resumeAt(rest)));
        assertThat(left).hasSize(9 + 10).startsWith("4991").endsWith("9999");
        assertThat(proxy.ranges().subList(before, proxy.ranges().size()))
                .as("a part of each object")
                .hasSize(2)
                .allMatch(range -> range.contains("199"));
    }

    @Test
    void aChangedObjectOfAManifestIsRefused() {
        put("t/a", 0, 4);
        put("t/b", 4, 4);
        server.put(bucket, "m", ("[{\"prefix\": \"" + key("t/") + "\"}, \"a\", \"b\"]").getBytes(UTF_8));
        S3Channel channel = S3Channels.manifest(client, key("m"));
        ElasticResume rest = ElasticResume.merge(List.of(
                Resuming.after(host(channel, false, 0, 2, 0), 1), Resuming.after(host(channel, false, 0, 2, 1), 2)));
        put("t/b", 40, 4);
        assertThatThrownBy(() -> Resuming.texts(host(channel, false, 0, 1, 0).contextWrite(Pass.resumeAt(rest))))
                .isInstanceOf(ResumeMismatchException.class)
                .hasMessageContaining(key("t/b"));
    }

    @Test
    void severalAttributesOfALineAreRefused() {
        put("t/a", 0, 4);
        server.put(
                bucket,
                "m",
                ("{\"a-ref\": \"" + key("t/a") + "\", \"b\": \"0001\"}\n")
                        .repeat(3)
                        .getBytes(UTF_8));
        S3Channel channel = S3Channels.augmentedManifest(client, key("m"), List.of("a-ref", "b"));
        ElasticResume rest = ElasticResume.merge(List.of(Resuming.after(host(channel, false, 0, 1, 0), 1)));
        assertThatThrownBy(() -> Resuming.texts(host(channel, false, 0, 2, 0).contextWrite(Pass.resumeAt(rest))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 attributes per line");
        S3Channel one = S3Channels.augmentedManifest(client, key("m"), List.of("b"));
        ElasticResume second = ElasticResume.merge(List.of(Resuming.after(host(one, false, 0, 1, 0), 0)));
        assertThat(Resuming.texts(host(one, false, 0, 2, 0).transform(repeat(1)).contextWrite(Pass.resumeAt(second))))
                .hasSize(1);
    }

    @Test
    void theSplitShowsWhatEachHostReads() {
        put("t/a", 0, 1);
        put("t/b", 0, 2);
        put("t/c", 0, 3);
        put("t/d", 0, 6);
        S3Channel prefix = S3Channels.prefix(client, key("t/"));
        ChannelSplit byCount = prefix.shard(2, 0).split().block();
        assertThat(byCount)
                .hasToString("host 0: 2 objects, 16 bytes\nhost 1: 2 objects, 32 bytes\n"
                        + "the largest share is 33.33 % above the average");
        ChannelSplit byBytes = prefix.shardByBytes(2, 1).split().block();
        assertThat(byBytes)
                .hasToString("host 0: 1 objects, 24 bytes\nhost 1: 3 objects, 24 bytes\n"
                        + "the largest share is 0.00 % above the average");
        assertThat(host(prefix, true, 0, 2, 1).count().block()).isEqualTo(6);
        server.put(bucket, "m", ("[{\"prefix\": \"" + key("t/") + "\"}, \"a\", \"b\", \"c\"]").getBytes(UTF_8));
        S3Channel manifest = S3Channels.manifest(client, key("m"));
        assertThat(manifest.shard(2, 0).split().block())
                .hasToString("host 0: 2 objects\nhost 1: 1 objects\nthe largest share is 33.33 % above the average");
        assertThatThrownBy(() -> manifest.shardByBytes(2, 0).objects().blockLast())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("share it by count, or list its prefix");
    }
}
