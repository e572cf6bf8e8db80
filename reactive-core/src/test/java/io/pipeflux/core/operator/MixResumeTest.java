package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.sample;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.operator.PipeOperators.zip;
import static io.pipeflux.core.operator.WhenOneEnds.CONTINUE;
import static io.pipeflux.core.operator.WhenOneEnds.STOP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.Resuming;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** What a resume point of a mix says, and which mixes refuse it. */
class MixResumeTest {

    private static final Flux<Flux<RawRecord>> THREE = Flux.just(source("a", 20), source("b", 20), source("c", 20));

    private static Flux<RawRecord> source(String key, int records) {
        return source(key, "1", records);
    }

    private static Flux<RawRecord> source(String key, String version, int records) {
        byte[] bytes = ByteFrames.frames(
                IntStream.range(0, records).mapToObj(i -> key + i).toArray(String[]::new));
        return Flux.just(ObjectBytes.of(
                        key,
                        0,
                        bytes.length,
                        version,
                        from -> Flux.just(ByteBuffer.wrap(bytes, (int) from, bytes.length - (int) from)
                                .slice())))
                .transform(ByteFrames.FORMAT.decodeObjects());
    }

    private static ResumePoint after(Flux<RawRecord> records, int n) {
        return ResumePoint.fromJson(records.elementAt(n).block().resumeAt().toJson());
    }

    private static List<String> rest(Flux<RawRecord> records, ResumePoint point) {
        return Resuming.rest(records, point);
    }

    // == what records say ==

    @Test
    void recordsHaveOrdinalsOfTheMixAndPositionsOfTheirSources() {
        List<RawRecord> all = THREE.transform(interleave(3, 2)).collectList().block();
        assertThat(all).hasSize(60);
        for (int i = 0; i < 60; i++) {
            assertThat(all.get(i).ordinal()).isEqualTo(i);
        }
        RawRecord ninth = all.get(8);
        assertThat(ByteFrames.text(ninth)).isEqualTo("b2");
        assertThat(ninth.source()).isEqualTo("b");
        assertThat(ninth.position()).isEqualTo(new Position(0, 0, 6, 2));
        assertThat(ninth.copy().resumeAt()).isEqualTo(ninth.resumeAt());
        assertThat(ninth.resumeBefore()).isEqualTo(all.get(7).resumeAt());
    }

    @Test
    void aPointReadsEachSourceWhereItWas() {
        AtomicLong read = new AtomicLong();
        Flux<Flux<RawRecord>> counted = THREE.map(source -> source.doOnNext(record -> read.incrementAndGet()));
        ResumePoint point = after(THREE.transform(interleave(3, 1)), 49);
        assertThat(rest(counted.transform(interleave(3, 1)), point)).hasSize(10);
        assertThat(read.get()).isBetween(10L, 12L); // as many more as it has sources, less one
    }

    // == what is refused ==

    @Test
    void aMixWithOtherSettingsRefusesThePoint() {
        ResumePoint point = after(THREE.transform(sample(CONTINUE, 42, 1, 2, 3)), 17);
        for (Flux<RawRecord> other : List.of(
                THREE.transform(sample(CONTINUE, 43, 1, 2, 3)),
                THREE.transform(sample(STOP, 42, 1, 2, 3)),
                THREE.transform(sample(CONTINUE, 42, 1, 3, 2)),
                THREE.take(2).transform(sample(CONTINUE, 42, 1, 2)),
                THREE.transform(interleave(3, 1)),
                source("a", 20))) {
            Resuming.assertRefused(other, point, "sample(CONTINUE, 42, [1.0, 2.0, 3.0])");
        }
        Resuming.assertRefused(THREE.transform(interleave(2, 3)), after(source("a", 20), 3), "interleave(2, 3)");
        assertThatThrownBy(() -> THREE.transform(zip(STOP))
                        .contextWrite(Pass.resumeAt(point))
                        .blockLast())
                .isInstanceOf(ResumeMismatchException.class);
    }

    @Test
    void aPointOfAnotherShardOrShuffleAfterTheMixIsRefused() {
        Flux<RawRecord> mix = THREE.transform(sample(CONTINUE, 42, 1, 2, 3));
        ResumePoint plain = after(mix, 5);
        Resuming.assertRefused(mix.transform(shuffle(4, 1)), plain, "no shuffle", "shuffle(4, 1)");
        Resuming.assertRefused(mix.transform(shard(2, 1)), plain, "no shard", "shard(2, 1)");
        ResumePoint sharded = after(mix.transform(shard(2, 0)), 5);
        Resuming.assertRefused(mix.transform(shard(2, 1)), sharded, "shard(2, 0)", "shard(2, 1)");
        Resuming.assertRefused(mix, sharded, "shard(2, 0)", "no shard");
        ResumePoint shuffled = after(mix.transform(shuffle(8, 1)), 5);
        Resuming.assertRefused(mix.transform(shuffle(8, 2)), shuffled, "shuffle(8, 1)", "shuffle(8, 2)");
        Resuming.assertRefused(mix, shuffled, "shuffle(8, 1)");
    }

    @Test
    void aSourceOfOtherDataRefusesItsPartOfThePoint() {
        ResumePoint point = after(THREE.transform(interleave(3, 1)), 17);
        Flux<RawRecord> replaced = Flux.just(source("a", 20), source("b", "2", 20), source("c", 20))
                .transform(interleave(3, 1));
        Resuming.assertRefused(replaced, point, "\"b\"", "version 2");
        assertThat(rest(replaced, point.unchecked())).hasSize(42);
        Flux<RawRecord> swapped =
                Flux.just(source("b", 20), source("a", 20), source("c", 20)).transform(interleave(3, 1));
        Resuming.assertRefused(swapped, point, "\"a\"", "\"b\"");
    }

    @Test
    void fewerSourcesOrRecordsThanBeforeAreTruncated() {
        ResumePoint point = after(THREE.transform(interleave(2, 3)), 50); // source 2 is being read
        assertThatThrownBy(() -> rest(THREE.take(2).transform(interleave(2, 3)), point))
                .isInstanceOf(TruncatedInputException.class);
        ResumePoint far =
                after(THREE.transform(sample(CONTINUE, 1, 1, 1, 1)), 30).plus(30);
        assertThatThrownBy(() -> rest(THREE.transform(sample(CONTINUE, 1, 1, 1, 1)), far))
                .isInstanceOf(TruncatedInputException.class);
    }

    @Test
    void elementsThatAreNotRecordsCannotBeginInsideAnEpoch() {
        ResumePoint point = after(THREE.transform(interleave(2, 3)), 9);
        Flux<String> texts = THREE.map(source -> source.map(ByteFrames::text)).transform(interleave(2, 3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> texts.contextWrite(Pass.resumeAt(point)).blockLast())
                .withMessageContaining("mix the records");
    }

    @Test
    void aRepeatInASourceAndOneAfterTheMixAreRefused() {
        Flux<RawRecord> both = THREE.map(source -> source.transform(repeat(2)))
                .transform(interleave(2, 3))
                .transform(repeat(2));
        assertThatThrownBy(both::blockLast).isInstanceOf(IllegalStateException.class);
    }

    // == the token ==

    @Test
    void theTokenHasAPointForEachSourceThatIsRead() {
        Flux<RawRecord> one = THREE.transform(interleave(2, 3));
        assertThat(after(one, 7)).isEqualTo(one.elementAt(7).block().resumeAt());
        String json = one.elementAt(7).block().resumeAt().toJson();
        assertThat(json)
                .startsWith("{\"format\":2,\"epoch\":0,\"object\":-1,\"byte\":0,\"record\":6,\"drop\":2")
                .contains("\"mix\":\"interleave(2, 3)\",\"turn\":[0,3,2]")
                .contains("{\"source\":0,\"at\":{\"format\":1,")
                .contains("{\"source\":1,\"at\":{\"format\":1,");
        assertThat(json.length()).isLessThan(400 + 2 * 450);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "3",
                "[3]",
                "[{}]",
                "[{\"source\":-1}]",
                "[{\"source\":0,\"at\":3}]",
                "[{\"source\":0,\"at\":{}}]",
                "[{\"source\":0,\"at\":{\"format\":3}}]"
            })
    void aWrongTokenIsRefused(String sources) {
        String json = "{\"format\":2,\"epoch\":0,\"object\":-1,\"byte\":0,\"record\":6,\"drop\":2,"
                + "\"mix\":\"interleave(2, 3)\",\"turn\":[0,3,2],\"sources\":" + sources + "}";
        assertThatIllegalArgumentException().isThrownBy(() -> ResumePoint.fromJson(json));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResumePoint.fromJson(json.replace("[0,3,2]", "[0,1e3,2]")));
    }

    @Test
    void aTokenThatNoMixHasMadeIsRefusedAndNeverReadsOtherData() {
        Flux<RawRecord> interleaved = THREE.transform(interleave(2, 3));
        String json = after(interleaved, 7).unchecked().toJson();
        for (String turn : List.of("[]", "[2,3,2]", "[-1,3,2]", "[0,0,2]", "[0,4,2]", "[0,3,0]", "[0,3,-1]")) {
            ResumePoint wrong = ResumePoint.fromJson(json.replace("[0,3,2]", turn));
            assertThatThrownBy(() -> rest(interleaved, wrong)).isInstanceOf(ResumeMismatchException.class);
        }
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            StringBuilder broken = new StringBuilder(json);
            broken.setCharAt(random.nextInt(json.length()), "{}[],:\"0-9a".charAt(random.nextInt(11)));
            try {
                ResumePoint point = ResumePoint.fromJson(broken.toString());
                assertThat(ResumePoint.fromJson(point.toJson())).isEqualTo(point);
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageContaining("not a resume point");
            } catch (RuntimeException other) {
                throw new AssertionError(broken.toString(), other);
            }
        }
    }
}
