package io.pipeflux.core;

import static io.pipeflux.core.operator.PipeOperators.interleave;
import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.operator.PipeOperators.shard;
import static io.pipeflux.core.operator.PipeOperators.shuffle;
import static io.pipeflux.core.suite.Resuming.after;
import static io.pipeflux.core.suite.Resuming.assertRefused;
import static io.pipeflux.core.suite.Resuming.rest;
import static io.pipeflux.core.suite.Resuming.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** A resume point that was taken from other data, or in another order, is refused. */
class ResumeIdentityTest {

    private static final ChannelOrder.Packing<StoredObject> PACKING = new ChannelOrder.Packing<>() {
        @Override
        public byte[] name(StoredObject stored) {
            return stored.key.getBytes(UTF_8);
        }

        @Override
        public byte[] pack(StoredObject stored) {
            return (stored.key + "\0" + stored.version + "\0" + stored.first + "\0" + stored.count).getBytes(UTF_8);
        }

        @Override
        public StoredObject unpack(byte[] bytes) {
            String[] fields = new String(bytes, UTF_8).split("\0");
            return new StoredObject(fields[0], fields[1], Integer.parseInt(fields[2]), Integer.parseInt(fields[3]));
        }
    };

    /** An object of the records first, first + 1, ... */
    private record StoredObject(String key, String version, int first, int count) {

        byte[] bytes() {
            return ByteFrames.frames(IntStream.range(first, first + count)
                    .mapToObj(i -> String.format("%04d", i))
                    .toArray(String[]::new));
        }

        ObjectBytes object(long ordinal) {
            byte[] bytes = bytes();
            return ObjectBytes.of(
                    key,
                    ordinal,
                    bytes.length,
                    version,
                    from -> Flux.just(ByteBuffer.wrap(bytes, (int) from, bytes.length - (int) from)
                            .slice()));
        }
    }

    /** a with the records 0 to 3, b with 4 to 7, ... */
    private static List<StoredObject> objects(String... keys) {
        return IntStream.range(0, keys.length)
                .mapToObj(i -> new StoredObject(keys[i], "1", 4 * i, 4))
                .toList();
    }

    private static Flux<RawRecord> records(List<StoredObject> objects, ChannelOrder order) {
        return order.apply(Flux.fromIterable(objects), PACKING, Listed::new)
                .index((n, listed) -> listed.stored.object(n).withListOrigin(listed.origin))
                .transform(ByteFrames.FORMAT.decodeObjects());
    }

    private record Listed(StoredObject stored, ListOrigin origin) {}

    private static Flux<RawRecord> listed(List<StoredObject> objects) {
        return records(objects, ChannelOrder.listed());
    }

    // == objects ==

    @Test
    void anObjectAddedInFrontIsRefusedAndOneAtTheEndIsNot() {
        List<StoredObject> before = objects("b", "c", "d");
        List<StoredObject> front = new ArrayList<>(before);
        front.add(0, new StoredObject("a", "1", 90, 4));
        List<StoredObject> end = new ArrayList<>(before);
        end.add(new StoredObject("e", "1", 12, 4));
        for (int n = 0; n < 12; n++) {
            ResumePoint point = after(listed(before), n);
            assertRefused(listed(front), point, "\"" + "bcd".charAt(n / 4) + "\"", "\"" + "abc".charAt(n / 4) + "\"");
            assertThat(rest(listed(end), point)).isEqualTo(texts(listed(end)).subList(n + 1, 16));
        }
    }

    /** A point has room for one key and one hash, so the message says what follows from these. */
    @Test
    void theMessageSaysWhatHasHappenedToTheList() {
        Flux<RawRecord> before = listed(objects("b", "c", "d"));
        ResumePoint inC = after(before, 5);
        assertRefused(listed(objects("a", "b", "c", "d")), inC, "an object was added before \"c\"");
        assertRefused(listed(objects("b", "d", "e")), inC, "\"c\", or an object before it, was removed");
        List<StoredObject> replaced = new ArrayList<>(objects("b", "c", "d"));
        replaced.set(1, new StoredObject("c", "2", 4, 4));
        assertRefused(listed(replaced), inC, "this object was replaced: its size or version is different");
        replaced.set(1, new StoredObject("c", "1", 4, 4));
        replaced.set(0, new StoredObject("a", "1", 0, 4)); // it was b
        assertRefused(
                listed(replaced),
                inC,
                "this object is the same, but an object before it in the list was replaced or renamed");
        ChannelOrder order = ChannelOrder.listed().shuffle(3);
        ResumePoint shuffled = after(records(objects("b", "c", "d"), order), 5);
        assertRefused(records(objects("a", "b", "c", "d"), order), shuffled, "the list has 1 more object than before");
        assertRefused(records(objects("b", "c"), order), shuffled, "the list has 1 fewer object than before");
        assertRefused(records(objects("b", "c", "x"), order), shuffled, "as many objects as before");
    }

    @Test
    void anObjectReplacedByOneOfEqualSizeIsRefusedIfTheRestOfItIsToBeRead() {
        List<StoredObject> before = objects("a", "b", "c");
        List<StoredObject> replaced = new ArrayList<>(before);
        replaced.set(1, new StoredObject("b", "2", 40, 4));
        assertRefused(listed(replaced), after(listed(before), 5), "object 1", "\"b\"", "version 2");
        assertThat(rest(listed(replaced), after(listed(before), 9))).containsExactly("0010", "0011");
        assertThat(rest(listed(replaced), after(listed(before), 2))).startsWith("0003", "0040", "0041");
    }

    @Test
    void uncheckedAPointIsAppliedToWhateverIsThere() {
        List<StoredObject> before = objects("a", "b", "c");
        List<StoredObject> replaced = new ArrayList<>(before);
        replaced.set(1, new StoredObject("b", "2", 40, 4));
        ResumePoint point = after(listed(before), 5);
        assertThat(rest(listed(replaced), point.unchecked())).startsWith("0042", "0043", "0008");
        ResumePoint old = ResumePoint.fromJson("{\"epoch\":0,\"object\":1,\"byte\":10,\"record\":6,\"drop\":0}");
        assertThat(rest(listed(replaced), old)).startsWith("0042", "0043", "0008");
    }

    @Test
    void aPointBeyondTheEndOfItsObjectIsRefusedEvenUnchecked() {
        List<StoredObject> shorter = List.of(new StoredObject("a", "2", 0, 2), new StoredObject("b", "1", 4, 4));
        ResumePoint point = after(listed(objects("a", "b")), 2);
        assertRefused(listed(shorter), point, "object 0", "\"a\"");
        assertThatThrownBy(() -> rest(listed(shorter), point.unchecked()))
                .isInstanceOf(ResumeMismatchException.class)
                .hasMessageContainingAll("at least 15 bytes", "but got 10");
    }

    @Test
    void anObjectThatIsThereSeveralTimesIsKnownByItsPlace() {
        List<StoredObject> twice = objects("a", "b", "b", "b", "c");
        List<String> all = texts(listed(twice));
        for (int n = 0; n < all.size(); n++) {
            assertThat(rest(listed(twice), after(listed(twice), n))).isEqualTo(all.subList(n + 1, all.size()));
        }
        assertRefused(
                listed(objects("a", "x", "b", "b", "b", "c")), after(listed(twice), 10), "entries up to this one");
    }

    @Test
    void anObjectOfASourceWithoutPlacesIsComparedToo() {
        Function<List<StoredObject>, Flux<RawRecord>> plain = objects -> Flux.fromIterable(objects)
                .index((n, stored) -> stored.object(n))
                .transform(ByteFrames.FORMAT.decodeObjects());
        ResumePoint point = after(plain.apply(objects("a", "b")), 5);
        assertThat(rest(plain.apply(objects("a", "b")), point)).containsExactly("0006", "0007");
        assertRefused(plain.apply(objects("a", "x")), point, "\"b\"", "\"x\"");
        assertRefused(listed(objects("a", "b")), point, "in the order of its list");
    }

    @Test
    void theObjectOfAPointThatIsLeftOutIsAnError() {
        Flux<ObjectBytes> objects = Flux.fromIterable(objects("a", "b", "c")).index((n, stored) -> stored.object(n));
        ResumePoint point = after(objects.transform(ByteFrames.FORMAT.decodeObjects()), 5);
        assertThatThrownBy(() ->
                        rest(objects.filter(o -> o.ordinal() != 1).transform(ByteFrames.FORMAT.decodeObjects()), point))
                .isInstanceOf(TruncatedInputException.class)
                .hasMessageContaining("expected object 1, that of the start point, but got object 2");
        assertThatThrownBy(() ->
                        rest(objects.filter(o -> o.ordinal() == 0).transform(ByteFrames.FORMAT.decodeObjects()), point))
                .isInstanceOf(TruncatedInputException.class)
                .hasMessageContaining("the objects ended before");
    }

    @Test
    void theBeginningIsOneForObjectsAndForStreams() {
        assertThat(rest(listed(objects("a", "b")), ResumePoint.START)).hasSize(8);
        ResumePoint second = new ResumePoint(new Position(2, Position.NO_OBJECT, 0, 0), 0);
        assertThat(listed(objects("a", "b"))
                        .transform(shuffle(3, 1))
                        .transform(repeat(4))
                        .contextWrite(Pass.resumeAt(second))
                        .map(record -> record.position().epoch())
                        .distinct()
                        .collectList()
                        .block())
                .containsExactly(2L, 3L);
        assertThat(rest(
                        Flux.just(listed(objects("a")), listed(objects("b"))).transform(interleave(2, 1)),
                        ResumePoint.START))
                .hasSize(8);
    }

    // == drops beyond the end ==

    @ParameterizedTest
    @ValueSource(ints = {21, 30, 1_000_000})
    void aDropCountBeyondTheEndIsAnErrorAndNotTheNextEpoch(int drop) {
        byte[] twenty = new StoredObject("a", "1", 0, 20).bytes();
        Flux<RawRecord> stream = Flux.defer(() -> Flux.fromIterable(ByteFrames.chunks(twenty, 7)))
                .transform(ByteFrames.FORMAT.decode());
        Flux<RawRecord> objects = listed(List.of(new StoredObject("a", "1", 0, 12), new StoredObject("b", "1", 12, 8)));
        for (Flux<RawRecord> source : List.of(stream, objects)) {
            long object = source.blockFirst().position().objectOrdinal();
            Position beginning = new Position(0, object, 0, 0);
            for (Flux<RawRecord> records : List.of(
                    source,
                    source.transform(shuffle(8, 1)),
                    source.transform(shuffle(1, 1)),
                    source.transform(shuffle(1000, 1)))) {
                Flux<RawRecord> epochs = records.transform(repeat(2));
                assertThatThrownBy(() -> rest(epochs, new ResumePoint(beginning, drop)))
                        .isInstanceOf(TruncatedInputException.class);
                assertThat(rest(epochs, new ResumePoint(beginning, 20))).hasSize(20);
            }
        }
    }

    // == order and share of the channel ==

    @Test
    void anotherOrderOrShareOfTheChannelIsRefusedWithBothValues() {
        List<StoredObject> objects = objects("a", "b", "c", "d", "e", "f");
        List<ChannelOrder> orders = List.of(
                ChannelOrder.listed(),
                ChannelOrder.listed().shuffle(1),
                ChannelOrder.listed().shuffle(2),
                ChannelOrder.listed().shard(2, 0),
                ChannelOrder.listed().shard(2, 1),
                ChannelOrder.listed().shard(3, 0),
                ChannelOrder.listed().shuffle(1).shard(2, 0),
                ChannelOrder.listed().shuffle(1).shard(2, 1),
                ChannelOrder.listed().shuffle(1).shard(4, 0));
        for (ChannelOrder from : orders) {
            Flux<RawRecord> taken = records(objects, from);
            List<String> all = texts(taken);
            for (int n = 0; n < all.size(); n++) {
                ResumePoint point = after(taken, n);
                for (ChannelOrder to : orders) {
                    if (from == to) {
                        assertThat(rest(taken, point)).isEqualTo(all.subList(n + 1, all.size()));
                    } else {
                        assertThatThrownBy(() -> rest(records(objects, to), point))
                                .as("%s of %s in %s", point, from, to)
                                .isInstanceOfAny(ResumeMismatchException.class, TruncatedInputException.class);
                    }
                }
            }
        }
        assertRefused(
                records(objects, ChannelOrder.listed().shuffle(2).shard(2, 1)),
                after(records(objects, ChannelOrder.listed().shuffle(1).shard(2, 0)), 1),
                "shuffled by seed 1, share 0 of 2",
                "shuffled by seed 2, share 1 of 2");
    }

    @Test
    void shuffledAnotherListIsRefusedWhereverItDiffers() {
        ChannelOrder order = ChannelOrder.listed().shuffle(3).shard(2, 0);
        List<StoredObject> before = objects("b", "c", "d", "e");
        List<List<StoredObject>> others = List.of(
                objects("a", "b", "c", "d", "e"),
                objects("b", "c", "d", "e", "f"),
                objects("b", "c", "d"),
                objects("b", "c", "d", "x"),
                objects("c", "b", "d", "e"));
        for (int n = 0; n < 7; n++) {
            ResumePoint point = after(records(before, order), n);
            others.forEach(other -> assertRefused(records(other, order), point, " entries "));
        }
    }

    @Test
    void sharedTheKeysOfOtherHostsCountUpToTheObject() {
        ChannelOrder order = ChannelOrder.listed().shard(2, 0);
        ResumePoint point = after(records(objects("a", "b", "c", "d"), order), 5); // in c
        assertRefused(records(objects("a", "x", "c", "d"), order), point, "entries up to this one");
        assertThat(rest(records(objects("a", "b", "c", "x", "e"), order), point))
                .hasSize(6);
    }

    // == operators ==

    @Test
    void anotherShuffleOrShardOfTheRecordsIsRefusedWithBothValues() {
        Flux<RawRecord> source = listed(objects("a", "b", "c"));
        List<Function<Flux<RawRecord>, Flux<RawRecord>>> pipelines = List.of(
                records -> records,
                shuffle(2, 1),
                shuffle(1, 1),
                shuffle(2, 2),
                shard(2, 0),
                shard(2, 1),
                shard(4, 0),
                records -> records.transform(shard(2, 0)).transform(shuffle(2, 1)),
                records -> records.transform(shard(2, 1)).transform(shuffle(2, 1)),
                records -> records.transform(shuffle(2, 1)).transform(shard(2, 0)),
                records -> records.transform(shuffle(2, 1)).transform(shard(2, 1)));
        for (var from : pipelines) {
            List<RawRecord> all = source.transform(from).collectList().block();
            for (RawRecord record : all) {
                ResumePoint point = ResumePoint.fromJson(record.resumeAt().toJson());
                for (var to : pipelines) {
                    if (from == to) {
                        assertThat(rest(source.transform(to), point))
                                .isEqualTo(all.stream()
                                        .map(ByteFrames::text)
                                        .toList()
                                        .subList(all.indexOf(record) + 1, all.size()));
                    } else {
                        assertRefused(source.transform(to), point, "a different pipeline");
                    }
                }
            }
        }
        assertRefused(
                source.transform(shuffle(1, 1)),
                after(source.transform(shuffle(2, 1)), 0),
                "expected shuffle(2, 1), but got shuffle(1, 1)");
        assertRefused(
                source.transform(shard(4, 0)),
                after(source.transform(shard(2, 0)), 0),
                "expected shard(2, 0), but got shard(4, 0)");
    }

    @Test
    void aPointTakenBeforeTheShuffleOrInAStreamIsRefusedByAShuffleToo() {
        Flux<RawRecord> source = listed(objects("a", "b"));
        List<ResumePoint> taken = new ArrayList<>();
        source.doOnNext(record -> taken.add(record.resumeAt()))
                .transform(shuffle(4, 1))
                .blockLast();
        taken.forEach(point -> assertRefused(source.transform(shuffle(4, 1)), point, "no shuffle", "shuffle(4, 1)"));
        Flux<RawRecord> stream = Flux.defer(() -> Flux.just(ByteBuffer.wrap(new StoredObject("a", "1", 0, 8).bytes())))
                .transform(ByteFrames.FORMAT.decode());
        for (int n = 0; n < 8; n++) {
            assertRefused(stream.transform(shuffle(2, 1)), after(stream, n), "no shuffle");
            assertRefused(stream, after(stream.transform(shuffle(2, 1)), n), "no shuffle");
            assertRefused(stream, after(stream.transform(shard(2, 1)), n / 2), "no shard");
        }
    }

    @Test
    void elementsThatAreNoRecordsCannotBeSharedOrShuffledFromInsideAnEpoch() {
        Flux<RawRecord> records = listed(objects("a", "b", "c", "d"));
        Flux<RawRecord> one = records.transform(repeat(2));
        for (int index = 0; index < 2; index++) {
            Function<Flux<List<RawRecord>>, Flux<List<RawRecord>>> shard = shard(2, index);
            Flux<List<RawRecord>> batches =
                    records.transform(mapAndBatch(3, 0, record -> record)).transform(shard);
            List<List<RawRecord>> all = batches.collectList().block();
            assertThat(all).hasSize(3);
            ResumePoint point = all.get(0).get(2).resumeAt();
            for (ResumePoint at : List.of(point, point.unchecked())) {
                assertThatThrownBy(() -> batches.contextWrite(Pass.resumeAt(at)).blockLast())
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll("shard(2, ", "not records");
            }
            assertThat(batches.contextWrite(Pass.resumeAt(after(one, 15).unchecked()))
                            .collectList()
                            .block())
                    .isEmpty(); // nothing is left to be shared
        }
        Flux<List<RawRecord>> shuffled =
                records.transform(mapAndBatch(3, 0, record -> record)).transform(shuffle(1, 1));
        assertThatThrownBy(() -> shuffled.contextWrite(
                                Pass.resumeAt(after(records, 2).unchecked()))
                        .blockLast())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("shuffle", "not records");
    }

    @Test
    void twoShufflesCannotBeResumed() {
        Flux<RawRecord> twice =
                listed(objects("a", "b", "c")).transform(shuffle(2, 1)).transform(shuffle(3, 1));
        assertThat(texts(twice)).hasSize(12).doesNotHaveDuplicates();
        assertRefused(twice, after(twice, 7), "no shuffle", "shuffle(2, 1)");
    }

    @Test
    void twoShardsOfRecordsAreRefusedInsteadOfLosingRows() {
        assertThatThrownBy(() ->
                        texts(listed(objects("a", "b")).transform(shard(2, 1)).transform(shard(2, 0))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shard(2, 1)");
        assertThat(Flux.range(0, 8)
                        .transform(shard(2, 1))
                        .transform(shard(2, 0))
                        .collectList()
                        .block())
                .containsExactly(1, 5);
    }

    @Test
    void anyObjectThatAShuffledBlockReachesIntoIsCompared() {
        List<StoredObject> before = objects("a", "b", "c", "d", "e");
        Function<List<StoredObject>, Flux<RawRecord>> shuffled =
                objects -> listed(objects).transform(shuffle(10, 4));
        for (int n = 0; n < 19; n++) {
            ResumePoint point = after(shuffled.apply(before), n);
            List<String> all = texts(shuffled.apply(before));
            assertThat(rest(shuffled.apply(before), point)).isEqualTo(all.subList(n + 1, 20));
            int first = point.position().objectOrdinal() == 0 ? 0 : 2; // block 0: a, b, c; block 1: c, d, e
            boolean begun = point.drop() % 10 != 0 || point.nextRecord() % 10 != 0;
            for (int i = 0; begun && i < 5; i++) {
                List<StoredObject> replaced = new ArrayList<>(before);
                StoredObject stored = before.get(i);
                replaced.set(i, new StoredObject(stored.key, "2", stored.first + 100, 4));
                if (i >= first && i <= first + 2) {
                    assertRefused(shuffled.apply(replaced), point, "expected");
                } else {
                    assertThat(rest(shuffled.apply(replaced), point)).hasSize(19 - n);
                }
            }
        }
    }
}
