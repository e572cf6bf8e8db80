package io.pipeflux.core;

import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.codec.ByteFrames;
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

    private record Part(String key, int version, int count) {

        ObjectBytes object(long ordinal, ListOrigin place) {
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
                    .withListOrigin(place);
        }
    }

    private static final ChannelOrder.Packing<Part> PACKING = new ChannelOrder.Packing<>() {
        @Override
        public byte[] name(Part part) {
            return part.key.getBytes(UTF_8);
        }

        @Override
        public byte[] pack(Part part) {
            return (part.key + "/" + part.version + "/" + part.count).getBytes(UTF_8);
        }

        @Override
        public Part unpack(byte[] bytes) {
            String[] fields = new String(bytes, UTF_8).split("/");
            return new Part(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2]));
        }
    };

    private record Placed(Part part, ListOrigin place) {}

    private static Flux<RawRecord> records(List<Part> parts) {
        return ChannelOrder.listed()
                .apply(Flux.fromIterable(parts), PACKING, Placed::new)
                .index((n, placed) -> placed.part.object(n, placed.place))
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
        Function<List<Part>, Flux<RawRecord>> pipeline =
                parts -> records(parts).transform(shard(2, 1)).transform(shuffle(4, 42));
        List<Part> parts = List.of(new Part("a", 1, 4), new Part("b", 1, 8));
        ResumePoint point = pipeline.apply(parts).elementAt(2).block().resumeAt();
        assertThat(point.position().objectOrdinal()).isZero(); // the beginning is the end of the object before
        assertThat(rest(pipeline.apply(parts), point)).hasSize(3);
        for (List<Part> others : List.of(
                List.of(new Part("a", 1, 4), new Part("b", 2, 8)),
                List.of(new Part("a", 1, 4), new Part("aa", 1, 4), new Part("b", 1, 8)),
                List.of(new Part("a", 1, 4), new Part("aa", 1, 0), new Part("b", 1, 8)))) {
            assertThatThrownBy(() -> rest(pipeline.apply(others), point)).isInstanceOf(ResumeMismatchException.class);
        }
    }

    @Test
    void anObjectOfWhichAFilterLeavesNothingIsKnownToo() {
        Function<List<Part>, Flux<RawRecord>> pipeline = parts -> records(parts)
                .filter(record -> !ByteFrames.text(record).startsWith("b1"))
                .transform(shuffle(12, 1));
        List<Part> parts = List.of(new Part("a", 1, 4), new Part("b", 1, 4), new Part("c", 1, 4));
        ResumePoint point = pipeline.apply(parts).elementAt(2).block().resumeAt();
        assertThat(rest(pipeline.apply(parts), point)).hasSize(5);
        List<Part> replaced = List.of(new Part("a", 1, 4), new Part("b", 2, 4), new Part("c", 1, 4));
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
        List<Part> before = new ArrayList<>();
        for (int i = 0; i < 2 + random.nextInt(5); i++) {
            before.add(new Part(String.valueOf((char) ('b' + 2 * i)), 1, random.nextInt(7)));
        }
        before.set(0, new Part("b", 1, 4));
        int count = 1 + random.nextInt(3);
        int index = random.nextInt(count);
        int modulus = random.nextBoolean() ? 2 + random.nextInt(2) : Integer.MAX_VALUE;
        int block = 2 + random.nextInt(9);
        boolean shardedFirst = random.nextBoolean();
        Function<List<Part>, Flux<RawRecord>> pipeline = parts -> {
            Flux<RawRecord> kept = records(parts)
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
                for (List<Part> changed : changed(before, i, random)) {
                    requireOnce(pipeline.apply(changed), point, all.subList(0, n + 1), all);
                }
            }
        }
    }

    private static List<List<Part>> changed(List<Part> before, int i, Random random) {
        Part part = before.get(i);
        List<Part> replaced = new ArrayList<>(before);
        replaced.set(i, new Part(part.key, 2, random.nextInt(7)));
        List<Part> added = new ArrayList<>(before);
        added.add(i, new Part((char) (part.key.charAt(0) - 1) + "", 1, random.nextInt(7)));
        List<Part> removed = new ArrayList<>(before);
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
