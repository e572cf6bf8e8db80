package io.pipeflux.core;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.Share;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.operator.WhenOneEnds;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.Resuming;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/** What is refused when a job goes on with another number of hosts, and how long its token is. */
class ElasticResumeTest {

    private static final Instant WRITTEN = Instant.parse("2026-01-02T03:04:05.006007Z");

    @TempDir
    Path directory;

    @BeforeEach
    void files() throws IOException {
        for (int i = 0; i < 10; i++) {
            write("f" + i, i);
        }
    }

    private void write(String name, int n) throws IOException {
        Path file = directory.resolve(name);
        Files.write(file, ByteFrames.frames(n + "a", n + "b", n + "c", n + "d"));
        Files.setLastModifiedTime(file, FileTime.from(WRITTEN));
    }

    private Flux<RawRecord> host(int count, int index) {
        return DirectoryChannel.of(directory)
                .shard(count, index)
                .objects()
                .transform(ByteFrames.FORMAT.decodeObjects());
    }

    private Flux<RawRecord> shuffled(int count, int index, long objects, int block, long seed) {
        return DirectoryChannel.of(directory)
                .shuffle(objects)
                .shard(count, index)
                .objects()
                .transform(ByteFrames.FORMAT.decodeObjects())
                .transform(shuffle(block, seed));
    }

    private List<ResumePoint> points(int... read) {
        return IntStream.range(0, read.length)
                .mapToObj(i -> read[i] == 0 ? ResumePoint.START : Resuming.after(host(read.length, i), read[i] - 1))
                .toList();
    }

    private List<ResumePoint> shuffledPoints(int n) {
        return List.of(Resuming.after(shuffled(2, 0, 1, 3, 2), n), Resuming.after(shuffled(2, 1, 1, 3, 2), n));
    }

    private static List<String> rest(Flux<RawRecord> records, ElasticResume rest) {
        return Resuming.texts(records.contextWrite(Pass.resumeAt(rest)));
    }

    private static void refused(Runnable call, Class<? extends Exception> type, String... words) {
        assertThatThrownBy(call::run).isInstanceOf(type).hasMessageContainingAll(words);
    }

    @Test
    void twoHostsGoOnAsThree() {
        ElasticResume rest = ElasticResume.merge(points(5, 2)); // in f2, and in f1
        List<String> read = new ArrayList<>();
        for (int host = 0; host < 3; host++) {
            read.addAll(rest(host(3, host), ElasticResume.fromJson(rest.toJson())));
        }
        assertThat(read)
                .hasSize(40 - 7)
                .doesNotHaveDuplicates()
                .doesNotContain("0a", "0d", "1a", "1b", "2a")
                .contains("1c", "1d", "2b");
        assertThat(rest(host(3, 0), rest)).startsWith("1c", "1d", "4a");
        assertThat(rest.epoch()).isZero();
    }

    @Test
    void aMissingADoubledAndAMisplacedPointAreRefused() {
        List<ResumePoint> three = points(1, 2, 3);
        refused(
                () -> ElasticResume.merge(three.subList(0, 2)),
                ResumeMismatchException.class,
                "each of the 3 hosts",
                "but got 2");
        refused(
                () -> ElasticResume.merge(List.of(three.get(0), three.get(1), three.get(1))),
                ResumeMismatchException.class,
                "host 2 at index 2",
                "host 1, which was given before");
        refused(
                () -> ElasticResume.merge(List.of(three.get(0), three.get(2), three.get(1))),
                ResumeMismatchException.class,
                "host 1 at index 1",
                "that of host 2",
                "in the order of their indices");
        refused(() -> ElasticResume.merge(List.of()), IllegalArgumentException.class, "but got none");
        refused(
                () -> ElasticResume.merge(List.of(ResumePoint.START, ResumePoint.START)),
                IllegalArgumentException.class,
                "start the epoch from its beginning");
    }

    @Test
    void pointsOfOtherKindsAreRefused() {
        ResumePoint whole = Resuming.after(host(1, 0), 3);
        refused(() -> ElasticResume.merge(List.of(whole.unchecked())), IllegalArgumentException.class, "unchecked");
        ResumePoint stream = Resuming.after(
                Flux.just(ByteBuffer.wrap(ByteFrames.frames("a", "b"))).transform(ByteFrames.FORMAT.decode()), 0);
        refused(() -> ElasticResume.merge(List.of(stream)), IllegalArgumentException.class, "a channel of objects");
        ResumePoint share = Resuming.after(host(1, 0).transform(shard(2, 0)), 0);
        refused(() -> ElasticResume.merge(List.of(share)), IllegalArgumentException.class, "shard(2, 0) of records");
        ResumePoint mix = Flux.just(host(1, 0), host(1, 0))
                .transform(sample(WhenOneEnds.CONTINUE, 1, 0.5, 0.5))
                .blockFirst()
                .resumeAt();
        refused(() -> ElasticResume.merge(List.of(mix)), IllegalArgumentException.class, "one of sample(");
    }

    @Test
    void hostsOfDifferentEpochsFinishBothIfTheyFollowEachOther() {
        List<Flux<RawRecord>> two =
                List.of(host(2, 0).transform(repeat(4)), host(2, 1).transform(repeat(4)));
        ElasticResume rest = ElasticResume.merge(List.of(
                Resuming.after(two.get(0), 20 + 3), // 4 records of epoch 1
                Resuming.after(two.get(1), 20 - 3))); // 2 records are left of epoch 0
        List<String> all = new ArrayList<>();
        for (int host = 0; host < 3; host++) {
            all.addAll(rest(host(3, host).transform(repeat(2)), rest));
        }
        assertThat(all).hasSize(2 + 40 - 4);
        assertThat(all.stream().filter("9c"::equals)).hasSize(2);
        assertThat(all.stream().filter("0a"::equals)).isEmpty();
        refused(
                () -> ElasticResume.merge(List.of(Resuming.after(two.get(0), 45), Resuming.after(two.get(1), 1))),
                ResumeMismatchException.class,
                "epochs 0 to 2",
                "start the hosts that are in epoch 0");
        refused(
                () -> ElasticResume.merge(
                        List.of(new ResumePoint(new Position(2, 0, 0, 0), 0), Resuming.after(two.get(1), 1))),
                ResumeMismatchException.class,
                "beginning of epoch 2");
        ElasticResume done = ElasticResume.merge(
                List.of(new ResumePoint(new Position(1, 0, 0, 0), 0), Resuming.after(two.get(1), 1)));
        assertThat(rest(host(1, 0), done)).hasSize(18).contains("1c").doesNotContain("0a", "2a");
    }

    @Test
    void anotherPipelineIsRefused() {
        ElasticResume rest = ElasticResume.merge(shuffledPoints(7));
        assertThat(rest(shuffled(1, 0, 1, 3, 2), rest)).hasSize(40 - 16);
        Class<? extends Exception> type = ResumeMismatchException.class;
        refused(() -> rest(shuffled(1, 0, 8, 3, 2), rest), type, "shuffled by 1", "shuffled by 8");
        refused(() -> rest(shuffled(1, 0, 1, 4, 2), rest), type, "shuffle(3, 2)", "shuffle(4, 2)");
        refused(() -> rest(shuffled(1, 0, 1, 3, 9), rest), type, "shuffle(3, 2)", "shuffle(3, 9)");
        refused(() -> rest(host(1, 0), rest), type, "expected shuffle(3, 2), but got no shuffle");
        refused(
                () -> rest(
                        DirectoryChannel.of(directory)
                                .shuffle(1)
                                .objects()
                                .transform(ByteFrames.FORMAT.decodeObjects()),
                        rest),
                type,
                "but got no shuffle");
        ElasticResume listed = ElasticResume.merge(points(5, 2));
        refused(() -> rest(host(1, 0).transform(shuffle(3, 2)), listed), type, "no shuffle", "shuffle(3, 2)");
        refused(() -> rest(host(1, 0).transform(shard(2, 0)), listed), type, "shard(2, 0) of records");
        refused(
                () -> rest(
                        Flux.just(host(1, 0), host(1, 0)).transform(sample(WhenOneEnds.CONTINUE, 1, 0.5, 0.5)), listed),
                IllegalArgumentException.class,
                "a mix of several sources");
        refused(
                () -> rest(
                        Flux.just(ByteBuffer.wrap(ByteFrames.frames("a"))).transform(ByteFrames.FORMAT.decode()),
                        listed),
                IllegalArgumentException.class,
                "such as a pipe");
        refused(
                () -> rest(
                        Flux.just(ObjectBytes.of("x", 0, 0, null, from -> Flux.empty()))
                                .transform(ByteFrames.FORMAT.decodeObjects()),
                        listed),
                IllegalArgumentException.class,
                "the same number of hosts as before");
        refused(
                () -> DirectoryChannel.of(directory)
                        .bytes()
                        .contextWrite(Pass.resumeAt(listed))
                        .blockLast(),
                IllegalArgumentException.class,
                "decode objects()");
        refused(
                () -> rest(
                        DirectoryChannel.of(directory)
                                .shardByBytes(2, 0)
                                .objects()
                                .transform(ByteFrames.FORMAT.decodeObjects()),
                        listed),
                type,
                "by bytes");
    }

    @Test
    void recordsLeftOutBeforeTheShuffleAreRefusedWhereTheyWouldMoveABlock() {
        ElasticResume rest = ElasticResume.merge(shuffledPoints(7));
        Flux<RawRecord> filtered = DirectoryChannel.of(directory)
                .shuffle(1)
                .objects()
                .transform(ByteFrames.FORMAT.decodeObjects())
                .filter(record -> record.ordinal() < 12 || record.ordinal() % 3 != 0)
                .transform(shuffle(3, 2));
        refused(() -> rest(filtered, rest), IllegalArgumentException.class, "after the shuffle");
    }

    @Test
    void otherDataIsRefusedByEveryHost() throws IOException {
        ElasticResume listed = ElasticResume.merge(points(9, 10)); // both in the third of their files: f4 and f5
        ElasticResume shuffled = ElasticResume.merge(shuffledPoints(7));
        write("f4x", 0); // between the two
        for (int host = 0; host < 5; host++) {
            int of = host;
            refused(() -> rest(host(5, of), listed), ResumeMismatchException.class, "expected");
            refused(
                    () -> rest(shuffled(5, of, 1, 3, 2), shuffled),
                    ResumeMismatchException.class,
                    "expected a list of 10 objects",
                    "but got 11");
        }
        Files.delete(directory.resolve("f4x"));
        assertThat(rest(host(1, 0), listed)).hasSize(40 - 19);
        Files.setLastModifiedTime(directory.resolve("f4"), FileTime.from(WRITTEN.plusSeconds(1)));
        for (int host = 0; host < 5; host++) {
            int of = host;
            refused(() -> rest(host(5, of), listed), ResumeMismatchException.class, "expected");
        }
        write("f4", 4);
        for (int i = 3; i < 10; i++) {
            Files.delete(directory.resolve("f" + i));
        }
        refused(() -> rest(host(5, 4), listed), ResumeMismatchException.class, "at least 6 objects", "but got 3");
    }

    @Test
    void hostsWithDifferentListsAreRefused() throws IOException {
        ResumePoint one = Resuming.after(shuffled(2, 0, 1, 3, 2), 4);
        write("g", 11);
        ResumePoint other = Resuming.after(shuffled(2, 1, 1, 3, 2), 4);
        refused(
                () -> ElasticResume.merge(List.of(one, other)),
                ResumeMismatchException.class,
                "one list in one order",
                "10 entries",
                "11 entries");
        refused(
                () -> ElasticResume.merge(List.of(
                        Resuming.after(shuffled(2, 0, 1, 3, 2), 4), Resuming.after(shuffled(2, 1, 1, 4, 2), 4))),
                ResumeMismatchException.class,
                "shuffle(3, 2)",
                "shuffle(4, 2)");
        refused(
                () -> ElasticResume.merge(List.of(
                        Resuming.after(shuffled(2, 0, 1, 3, 2), 4), Resuming.after(shuffled(2, 1, 5, 3, 2), 4))),
                ResumeMismatchException.class,
                "seed 1",
                "seed 5");
    }

    @Test
    void hostsWithCopiesOfTheirOwnLearnHowToReadThem() throws IOException {
        String[] hint = {"each host has its own copies", "ignoreModificationTimes()", "same absolute path"};
        ResumePoint one = Resuming.after(shuffled(2, 0, 1, 3, 2), 4);
        ElasticResume listed = ElasticResume.merge(points(5, 2));
        ElasticResume shuffled = ElasticResume.merge(shuffledPoints(7));
        for (int i = 0; i < 10; i++) {
            Files.setLastModifiedTime(directory.resolve("f" + i), FileTime.from(WRITTEN.plusSeconds(1)));
        }
        ResumePoint other = Resuming.after(shuffled(2, 1, 1, 3, 2), 4);
        refused(() -> ElasticResume.merge(List.of(one, other)), ResumeMismatchException.class, hint);
        refused(() -> rest(shuffled(1, 0, 1, 3, 2), shuffled), ResumeMismatchException.class, hint);
        refused(() -> rest(host(1, 0), listed), ResumeMismatchException.class, hint);
    }

    @Test
    void copiesAtAnotherPathAreRefusedWithTheReason(@TempDir Path copies) throws IOException {
        ElasticResume rest = ElasticResume.merge(points(5, 2));
        for (int i = 0; i < 10; i++) {
            Files.copy(directory.resolve("f" + i), copies.resolve("f" + i), StandardCopyOption.COPY_ATTRIBUTES);
        }
        Flux<RawRecord> elsewhere = DirectoryChannel.of(copies).objects().transform(ByteFrames.FORMAT.decodeObjects());
        refused(() -> rest(elsewhere, rest), ResumeMismatchException.class, "same absolute path");
    }

    @Test
    void aMessageCountsObjectsInOneWay() throws IOException {
        ElasticResume rest = ElasticResume.merge(points(5, 6)); // each in its second object, f2 and f3
        Files.setLastModifiedTime(directory.resolve("f2"), FileTime.from(WRITTEN.plusSeconds(1)));
        assertThatThrownBy(() -> rest(host(1, 0), rest))
                .isInstanceOf(ResumeMismatchException.class)
                .satisfies(e -> assertThat(Pattern.compile("\\bobject \\d+")
                                .matcher(String.valueOf(e.getMessage()))
                                .results()
                                .map(MatchResult::group)
                                .distinct())
                        .hasSizeLessThan(2))
                .hasMessageNotContaining("of a host's share");
    }

    @Test
    void aLongTokenIsShortenedInMessages() {
        String million = "7".repeat(1_000_000);
        for (String text : List.of(
                million,
                '"' + million + '"',
                "x".repeat(1_000_000),
                "{\"elastic\":" + million + "}",
                "{\"elastic\":\"" + million + "\"}",
                "{\"elastic\":1,\"list\":\"" + million + "\"}",
                "{\"" + million + "\":1,\"" + million + "\":2}",
                "{\"epoch\":" + million + "}",
                "{\"epoch\":\"" + million + "\"}",
                "{\"elastic\":1,\"" + million,
                "[1e" + million + "]")) {
            for (ThrowingCallable read :
                    List.<ThrowingCallable>of(() -> ElasticResume.fromJson(text), () -> ResumePoint.fromJson(text))) {
                assertThatThrownBy(read)
                        .isInstanceOf(IllegalArgumentException.class)
                        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1_500));
            }
        }
    }

    @Test
    void aPointOfTheRestNeedsItsToken() {
        ElasticResume rest = ElasticResume.merge(points(5, 2));
        Flux<RawRecord> host = host(3, 1);
        ResumePoint point = Resuming.after(host.contextWrite(Pass.resumeAt(rest)), 3);
        assertThat(Resuming.texts(host.contextWrite(Pass.resumeAt(rest, point))))
                .isEqualTo(rest(host, rest).subList(4, rest(host, rest).size()));
        refused(
                () -> Resuming.texts(host.contextWrite(Pass.resumeAt(point))),
                ResumeMismatchException.class,
                "the rest of an epoch by the token");
        ElasticResume other = ElasticResume.merge(points(5, 3));
        refused(
                () -> Resuming.texts(host.contextWrite(Pass.resumeAt(other, point))),
                ResumeMismatchException.class,
                "the rest of an epoch by the token");
        refused(
                () -> Resuming.texts(host(4, 1).contextWrite(Pass.resumeAt(rest, point))),
                ResumeMismatchException.class,
                "share 1 of 3");
        List<ResumePoint> all = List.of(ResumePoint.START, point, ResumePoint.START);
        refused(() -> ElasticResume.merge(all), ResumeMismatchException.class, "merge(before, points)", "by the token");
        refused(
                () -> ElasticResume.merge(other, all),
                ResumeMismatchException.class,
                "merge(before, points)",
                "by the token");
        assertThat(ElasticResume.merge(rest, List.of(ResumePoint.START, ResumePoint.START)))
                .isEqualTo(rest);
        ResumePoint later = new ResumePoint(new Position(3, 0, 0, 0), 0);
        assertThat(Resuming.texts(host.contextWrite(Pass.resumeAt(rest, later))))
                .hasSize(12);
        ElasticResume third = ElasticResume.merge(List.of(Resuming.after(
                host(1, 0).contextWrite(Pass.resumeAt(new ResumePoint(new Position(3, 0, 0, 0), 0))), 1)));
        refused(() -> Pass.resumeAt(third, point), IllegalArgumentException.class, "epoch 3", "Pass.resumeAt(rest)");
    }

    @Test
    void theEndOfAnEpochIsTheBeginningOfTheNextOne() {
        ElasticResume rest = ElasticResume.merge(points(20, 20));
        for (int host = 0; host < 3; host++) {
            assertThat(rest(host(3, host), rest)).isEmpty();
            assertThat(rest(host(3, host).transform(repeat(2)), rest)).isEqualTo(Resuming.texts(host(3, host)));
            assertThat(rest(host(3, host).transform(repeat()).take(30), rest)).hasSize(30);
        }
    }

    @Test
    void aChangedTokenIsRefused() {
        String json = ElasticResume.merge(shuffledPoints(7)).toJson();
        assertThat(ElasticResume.fromJson(json).toJson()).isEqualTo(json);
        for (int i = 0; i < json.length(); i++) {
            String cut = json.substring(0, i);
            String less = cut + json.substring(i + 1);
            String other = cut + (json.charAt(i) == '1' ? '2' : '1') + json.substring(i + 1);
            for (String changed : List.of(cut, less, other, json + json.charAt(i))) {
                refused(
                        () -> ElasticResume.fromJson(changed),
                        IllegalArgumentException.class,
                        "not a token of an elastic resume");
            }
        }
        refused(
                () -> ElasticResume.fromJson(points(1).get(0).toJson()),
                IllegalArgumentException.class,
                "but got one host's point");
        refused(() -> ElasticResume.fromJson("{\"elastic\":2}"), IllegalArgumentException.class, "format 1");
        for (String text : List.of("", "[]", "null", "{}", "7", "{\"elastic\":1}", "{\"elastic\":1.5}")) {
            refused(() -> ElasticResume.fromJson(text), IllegalArgumentException.class, "not a token");
        }
    }

    @Test
    void theTokenHas400BytesAnd60PerHost() {
        for (int hosts : new int[] {1, 2, 1000}) {
            List<ResumePoint> points = new ArrayList<>();
            for (int host = 0; host < hosts; host++) {
                Share share = new Share(hosts, host);
                ListOrigin list = new ListOrigin(Long.MIN_VALUE, share, Integer.MAX_VALUE, -1);
                Blocks blocks = new Blocks(1 << 20, Long.MIN_VALUE, false, -1L, (1 << 24) - 1, null);
                long next = (1L << 42) - 1;
                long drop = next % (1 << 20);
                Position at = new Position(Long.MAX_VALUE >> 2, (1 << 30) - 1, (1L << 48) - 1, next - drop);
                Identity.Source source = new Identity.Source(-1, "k".repeat(120), list);
                points.add(new ResumePoint(at, drop, new Identity(source, blocks, null)));
            }
            ElasticResume rest = ElasticResume.merge(points);
            assertThat(rest.toJson().getBytes(UTF_8)).hasSizeLessThanOrEqualTo(400 + 60 * hosts);
            assertThat(ElasticResume.fromJson(rest.toJson())).isEqualTo(rest);
        }
    }

    private ResumePoint inEpochOne(int host, int records) {
        Flux<RawRecord> second = host(2, host)
                .transform(PipeOperators.repeat(2))
                .filter(record -> record.position().epoch() == 1);
        return Resuming.after(second, records - 1);
    }

    /** Its share of epoch 0, which an earlier run has read, is not left. */
    @Test
    void aHostThatHasReadNothingSinceTheTokenHasTheStart() {
        ElasticResume rest = ElasticResume.merge(List.of(inEpochOne(0, 2), inEpochOne(1, 1)));
        assertThat(rest.epoch()).isEqualTo(1);
        ResumePoint begun = Resuming.after(host(2, 0).contextWrite(Pass.resumeAt(rest)), 0);
        ResumePoint beginning = new ResumePoint(new Position(1, 0, 0, 0), 0);
        ElasticResume merged = ElasticResume.merge(rest, List.of(begun, ResumePoint.START));
        assertThat(merged).isEqualTo(ElasticResume.merge(rest, List.of(begun, beginning)));
        assertThat(merged.epoch()).isEqualTo(1);
        assertThat(ElasticResume.merge(rest, List.of(ResumePoint.START, ResumePoint.START)))
                .isEqualTo(rest);
    }

    @Test
    void upstreamOfRepeatIsAnError() {
        ResumePoint point = inEpochOne(0, 2);
        ElasticResume rest = ElasticResume.merge(List.of(point, inEpochOne(1, 1)));
        for (Function<Context, Context> start : List.of(Pass.resumeAt(point), Pass.resumeAt(rest))) {
            refused(
                    () -> Resuming.texts(host(2, 0).contextWrite(start).transform(PipeOperators.repeat(2))),
                    IllegalStateException.class,
                    "downstream of repeat");
        }
    }
}
