package io.pipeflux.s3;

import static io.pipeflux.core.suite.Gzips.gzip;
import static io.pipeflux.core.suite.Resuming.after;
import static io.pipeflux.core.suite.Resuming.assertRefused;
import static io.pipeflux.core.suite.Resuming.rest;
import static io.pipeflux.core.suite.Resuming.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.PipeOperators;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

/** Resuming in channels whose objects were changed in the store between two runs. */
class S3ResumeTest extends S3Test {

    /** Records of four bytes. */
    private static final FrameFormat<RawRecord> FOURS =
            FrameFormat.of("fours", () -> in -> in.ensure(4) ? in.record(4, 0, 4) : null);

    private Compression compression = Compression.NONE;

    private void put(String key, int first, int count) {
        byte[] bytes = IntStream.range(first, first + count)
                .mapToObj(i -> String.format("%04d", i))
                .collect(Collectors.joining())
                .getBytes(UTF_8);
        server.put(bucket, key, compression == Compression.GZIP ? gzip(bytes) : bytes);
    }

    private void manifest(String... names) {
        String entries = Stream.of(names).map(name -> ", \"" + name + "\"").collect(Collectors.joining());
        server.put(bucket, "m.manifest", ("[{\"prefix\": \"" + key("t/") + "\"}" + entries + "]").getBytes(UTF_8));
    }

    private S3Channel prefix() {
        return S3Channels.prefix(client, key("t/"));
    }

    private S3Channel manifest() {
        return S3Channels.manifest(client, key("m.manifest"));
    }

    private String key(String key) {
        return "s3://" + bucket + "/" + key;
    }

    private Flux<RawRecord> records(S3Channel channel) {
        return channel.objects().transform(FOURS.compression(compression).decodeObjects());
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "GZIP"})
    void anObjectAddedInFrontIsRefusedAndOneAtTheEndIsRead(Compression with) {
        compression = with;
        put("t/b", 0, 4);
        put("t/c", 4, 4);
        ResumePoint point = after(records(prefix()), 5);
        assertThat(rest(records(prefix()), point)).containsExactly("0006", "0007");
        put("t/d", 8, 2);
        assertThat(rest(records(prefix()), point)).containsExactly("0006", "0007", "0008", "0009");
        put("t/a", 90, 4);
        assertRefused(records(prefix()), point, key("t/c"), key("t/b"));
        assertThat(rest(records(prefix()), point.unchecked())).hasSize(8);
    }

    @Test
    void anObjectReplacedByOneOfEqualSizeIsKnownByItsETag() {
        put("t/a", 0, 4);
        put("t/b", 4, 4);
        manifest("a", "b");
        ResumePoint listed = after(records(prefix()), 5);
        ResumePoint named = after(records(manifest()), 5);
        String before = prefix().objects().map(ObjectBytes::version).blockLast();
        put("t/b", 40, 4);
        String now = prefix().objects().map(ObjectBytes::version).blockLast();
        assertThat(now).isNotEqualTo(before);
        assertRefused(records(prefix()), listed, key("t/b"), now);
        assertRefused(records(manifest()), named, key("t/b"), now);
        assertThat(rest(records(prefix()), listed.unchecked())).containsExactly("0042", "0043");
        put("t/b", 4, 4);
        assertThat(rest(records(prefix()), listed)).containsExactly("0006", "0007");
    }

    @Test
    void objectsThatAreDoneAndSwapTheirKeysWithOthersAreRefused() {
        put("t/a", 0, 4);
        put("t/b", 4, 4);
        put("t/c", 8, 4);
        ResumePoint listed = after(records(prefix()), 5);
        ResumePoint shuffled = after(records(prefix().shuffle(1)), 1);
        put("t/a", 8, 4);
        assertRefused(records(prefix()), listed, "entries up to this one");
        put("t/c", 0, 4);
        assertRefused(records(prefix()), listed, "entries up to this one");
        assertRefused(records(prefix().shuffle(1)), shuffled, "3 entries");
        put("t/a", 0, 4);
        assertThat(rest(records(prefix()), listed))
                .as("c is read as it is by then")
                .containsExactly("0006", "0007", "0000", "0001", "0002", "0003");
    }

    @Test
    void anObjectThatIsInAManifestSeveralTimesIsKnownByItsPlace() {
        put("t/a", 0, 2);
        put("t/b", 2, 2);
        manifest("a", "b", "b", "a", "b");
        List<String> all = texts(records(manifest()));
        assertThat(all).hasSize(10);
        for (int n = 0; n < 10; n++) {
            assertThat(rest(records(manifest()), after(records(manifest()), n))).isEqualTo(all.subList(n + 1, 10));
        }
        ResumePoint third = after(records(manifest()), 4); // in the second b
        manifest("a", "a", "b", "b", "a", "b");
        assertRefused(records(manifest()), third, "entries up to this one");
        manifest("a", "b", "b", "b");
        assertThat(rest(records(manifest()), third)).containsExactly("0003", "0002", "0003");
    }

    @Test
    void shuffledAndSharedAnotherListOrderOrShareIsRefused() {
        for (int i = 0; i < 6; i++) {
            put("t/" + i, 4 * i, 4);
        }
        manifest("5", "0", "1", "2", "3", "4");
        for (S3Channel channel : List.of(prefix(), manifest())) {
            ResumePoint shuffled = after(records(channel.shuffle(1).shard(2, 0)), 5);
            ResumePoint shared = after(records(channel.shard(2, 0)), 5);
            assertThat(rest(records(channel.shuffle(1).shard(2, 0)), shuffled)).hasSize(6);
            assertThat(rest(records(channel.shard(2, 0)), shared)).hasSize(6);
            assertRefused(records(channel.shuffle(2).shard(2, 0)), shuffled, "seed 1", "seed 2");
            assertRefused(records(channel.shuffle(1).shard(2, 1)), shuffled, "share 0 of 2", "share 1 of 2");
            assertRefused(records(channel.shuffle(1)), shuffled, "share 0 of 2");
            assertRefused(records(channel), shared, "share 0 of 2");
            assertRefused(records(channel.shard(4, 0).shuffle(1)), shared, "share 0 of 4");
        }
        ResumePoint shuffled = after(records(prefix().shuffle(1)), 5);
        ResumePoint shared = after(records(prefix().shard(2, 0)), 5);
        put("t/7", 90, 1);
        assertRefused(records(prefix().shuffle(1)), shuffled, "6 entries", "7 entries");
        assertThat(rest(records(prefix().shard(2, 0)), shared)).hasSize(7).endsWith("0090");
        server.delete(bucket, "t/1");
        assertRefused(records(prefix().shard(2, 0)), shared, "entries up to this one");
    }

    @Test
    void theLineOfAnAugmentedManifestIsCompared() {
        put("t/a", 0, 2);
        put("t/b", 2, 2);
        S3Channel channel = S3Channels.augmentedManifest(client, key("t.jsonl"), List.of("x-ref", "label"));
        String lines = "{\"x-ref\": \"" + key("t/a") + "\", \"label\": \"0101\"}\n" + "{\"x-ref\": \"" + key("t/b")
                + "\", \"label\": \"0202\"}\n";
        server.put(bucket, "t.jsonl", lines.getBytes(UTF_8));
        List<String> all = texts(records(channel));
        assertThat(all).containsExactly("0000", "0001", "0101", "0002", "0003", "0202");
        for (int n = 0; n < 6; n++) {
            assertThat(rest(records(channel), after(records(channel), n))).isEqualTo(all.subList(n + 1, 6));
        }
        ResumePoint point = after(records(channel), 3);
        server.put(bucket, "t.jsonl", lines.replace("0202", "0303").getBytes(UTF_8));
        assertRefused(records(channel), point, key("t/b"), "entries up to this one");
    }

    @Test
    void aKeyOf1024ControlCharactersFitsIntoAToken() {
        String odd = "t/" + "\u0001".repeat(1022);
        put(odd, 0, 4);
        ResumePoint point = after(records(prefix().shuffle(Long.MIN_VALUE).shard(1, 0)), 1);
        assertThat(rest(records(prefix().shuffle(Long.MIN_VALUE)), point)).containsExactly("0002", "0003");
        assertThat(point.toString()).doesNotContain("\u0001");
        put(odd, 10, 4);
        assertRefused(records(prefix().shuffle(Long.MIN_VALUE)), point, "\\u0001");
    }

    @Test
    void aShuffleOfRecordsThatReachesIntoSeveralObjectsKnowsThemAll() {
        for (int i = 0; i < 6; i++) {
            put("t/" + i, 4 * i, 4);
        }
        Flux<RawRecord> shuffled = records(prefix()).transform(PipeOperators.shuffle(12, 3));
        ResumePoint point = after(shuffled, 5);
        List<String> all = texts(shuffled);
        assertThat(rest(shuffled, point)).isEqualTo(all.subList(6, 24));
        put("t/2", 80, 4);
        assertRefused(shuffled, point, "a block of shuffle(12, 3)");
        put("t/2", 8, 4);
        put("t/3", 90, 4);
        assertThat(rest(shuffled, point)).hasSize(18);
    }
}
