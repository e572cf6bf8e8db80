package io.pipeflux.core;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** A shuffled block that was begun is gone on with only if all the objects that it reaches over are the same. */
class ResumeBlockTest {

    private static final int SEEDS = 150;

    private record StoredObject(String key, int version, int count) {

        ObjectBytes object(long ordinal, ListOrigin origin) {
            byte[] bytes = ByteFrames.frames(IntStream.range(0, count)
                    .mapToObj(i -> key + version + "-" + i)
                    .toArray(String[]::new));
            return ObjectBytes.of(
                            key,
                            ordinal,
                            bytes.length,
                            "v" + version,
                            from -> Flux.just(ByteBuffer.wrap(bytes, (int) from, bytes.length - (int) from)
                                    .slice()))
                    .withListOrigin(origin);
        }
    }

    private static final ChannelOrder.Packing<StoredObject> PACKING = new ChannelOrder.Packing<>() {
        @Override
        public byte[] name(StoredObject stored) {
            return stored.key.getBytes(UTF_8);
        }

        @Override
        public byte[] pack(StoredObject stored) {
            return (stored.key + "/" + stored.version + "/" + stored.count).getBytes(UTF_8);
        }

        @Override
        public StoredObject unpack(byte[] bytes) {
            String[] fields = new String(bytes, UTF_8).split("/");
            return new StoredObject(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2]));
        }
    };

    private record Listed(StoredObject stored, ListOrigin origin) {}

    private static Flux<RawRecord> records(List<StoredObject> objects) {
        return ChannelOrder.listed()
                .apply(Flux.fromIterable(objects), PACKING, Listed::new)
                .index((n, listed) -> listed.stored.object(n, listed.origin))
                .transform(ByteFrames.FORMAT.decodeObjects());
    }

    private static List<String> texts(Flux<RawRecord> records) {
        return records.map(ByteFrames::text).collectList().block();
    }

    private static List<String> rest(Flux<RawRecord> records, ResumePoint point) {
        return texts(records.contextWrite(Pass.resumeAt(ResumePoint.fromJson(point.toJson()))));
    }

    @Test
    void aBlockWhoseFirstRecordIsOfAnotherShardKnowsTheObjectsAfterItsBeginning() {
        Function<List<StoredObject>, Flux<RawRecord>> pipeline =
                objects -> records(objects).transform(shard(2, 1)).transform(shuffle(4, 42));
        List<StoredObject> objects = List.of(new StoredObject("a", 1, 4), new StoredObject("b", 1, 8));
        ResumePoint point = pipeline.apply(objects).elementAt(2).block().resumeAt();
        assertThat(point.position().objectOrdinal()).isZero(); // the beginning is the end of the object before
        assertThat(rest(pipeline.apply(objects), point)).hasSize(3);
        for (List<StoredObject> others : List.of(
                List.of(new StoredObject("a", 1, 4), new StoredObject("b", 2, 8)),
                List.of(new StoredObject("a", 1, 4), new StoredObject("aa", 1, 4), new StoredObject("b", 1, 8)),
                List.of(new StoredObject("a", 1, 4), new StoredObject("aa", 1, 0), new StoredObject("b", 1, 8)))) {
            assertThatThrownBy(() -> rest(pipeline.apply(others), point)).isInstanceOf(ResumeMismatchException.class);
        }
    }

    @Test
    void anObjectOfWhichAFilterLeavesNothingIsKnownToo() {
        Function<List<StoredObject>, Flux<RawRecord>> pipeline = objects -> records(objects)
                .filter(record -> !ByteFrames.text(record).startsWith("b1"))
                .transform(shuffle(12, 1));
        List<StoredObject> objects =
                List.of(new StoredObject("a", 1, 4), new StoredObject("b", 1, 4), new StoredObject("c", 1, 4));
        ResumePoint point = pipeline.apply(objects).elementAt(2).block().resumeAt();
        assertThat(rest(pipeline.apply(objects), point)).hasSize(5);
        List<StoredObject> replaced =
                List.of(new StoredObject("a", 1, 4), new StoredObject("b", 2, 4), new StoredObject("c", 1, 4));
        assertThatThrownBy(() -> rest(pipeline.apply(replaced), point)).isInstanceOf(ResumeMismatchException.class);
    }

    static IntStream seeds() {
        return IntStream.range(0, SEEDS);
    }

    /** Resumed on other data, a run is refused, or what both have in common is read once. */
    @ParameterizedTest
    @MethodSource("seeds")
    void noRowThatIsInBothIsReadTwiceOrNever(int seed) {
        Random random = new Random(seed);
        List<StoredObject> before = new ArrayList<>();
        for (int i = 0; i < 2 + random.nextInt(5); i++) {
            before.add(new StoredObject(String.valueOf((char) ('b' + 2 * i)), 1, random.nextInt(7)));
        }
        before.set(0, new StoredObject("b", 1, 4));
        int count = 1 + random.nextInt(3);
        int index = random.nextInt(count);
        int modulus = random.nextBoolean() ? 2 + random.nextInt(2) : Integer.MAX_VALUE;
        int block = 2 + random.nextInt(9);
        boolean shardedFirst = random.nextBoolean();
        Function<List<StoredObject>, Flux<RawRecord>> pipeline = objects -> {
            Flux<RawRecord> kept = records(objects)
                    .filter(record -> Math.floorMod(ByteFrames.text(record).hashCode(), modulus) != 0);
            return shardedFirst
                    ? kept.transform(shard(count, index)).transform(shuffle(block, 5))
                    : kept.transform(shuffle(block, 5)).transform(shard(count, index));
        };
        List<RawRecord> whole = pipeline.apply(before).collectList().block();
        List<String> all = whole.stream().map(ByteFrames::text).toList();
        for (int n = 0; n < whole.size(); n++) {
            ResumePoint point = whole.get(n).resumeAt();
            assertThat(rest(pipeline.apply(before).transform(repeat(1)), point))
                    .as("seed %s after %s", seed, n)
                    .isEqualTo(all.subList(n + 1, all.size()));
            for (int i = 0; i < before.size(); i++) {
                for (List<StoredObject> changed : changed(before, i, random)) {
                    requireOnce(pipeline.apply(changed), point, all.subList(0, n + 1), all);
                }
            }
        }
    }

    private static List<List<StoredObject>> changed(List<StoredObject> before, int i, Random random) {
        StoredObject stored = before.get(i);
        List<StoredObject> replaced = new ArrayList<>(before);
        replaced.set(i, new StoredObject(stored.key, 2, random.nextInt(7)));
        List<StoredObject> added = new ArrayList<>(before);
        added.add(i, new StoredObject((char) (stored.key.charAt(0) - 1) + "", 1, random.nextInt(7)));
        List<StoredObject> removed = new ArrayList<>(before);
        removed.remove(i);
        return List.of(replaced, added, removed);
    }

    private static void requireOnce(Flux<RawRecord> changed, ResumePoint point, List<String> seen, List<String> all) {
        List<String> rest;
        try {
            rest = rest(changed, point);
        } catch (ResumeMismatchException | TruncatedInputException refused) {
            return;
        }
        List<String> both = Stream.concat(seen.stream(), rest.stream()).toList();
        assertThat(both).as("%s", point.toJson()).doesNotHaveDuplicates();
        Set<String> common = new HashSet<>(texts(changed));
        common.retainAll(all);
        assertThat(both).as("%s", point.toJson()).containsAll(common);
    }
}
