package io.pipeflux.records.example;

import static io.pipeflux.records.example.TestExamples.bytes;
import static io.pipeflux.records.example.TestExamples.example;
import static io.pipeflux.records.example.TestExamples.floats;
import static io.pipeflux.records.example.TestExamples.ints;
import static io.pipeflux.records.example.TestExamples.list;
import static io.pipeflux.records.example.TestExamples.record;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Known prefixes change nothing but the time: compares parsers with them and without, once they know the records. */
class EntryPrefixesTest {

    private static final Schema CLICKS = Schema.of(
            Feature.float32("I1"),
            Feature.float32("I10").withDefault(1),
            Feature.int64("C1"),
            Feature.int64("C2").withDefault(2),
            Feature.int64("a longer name than 24 bytes, by far"),
            Feature.decodeRaw("raw", DType.INT32, 3),
            Feature.bytes("text"),
            Feature.ragged("ragged", DType.INT64),
            Feature.ragged("x", DType.FLOAT32),
            Feature.paddedBytes("padded", new byte[] {1}),
            Feature.sparse("sparse", "index", "value", DType.FLOAT32, 1 << 20));

    @Test
    void changedRecordsAreReadOrRefusedTheSameByParsersThatKnowTheUnchangedOnes() {
        byte[] known = clicks(new Random(1)).toByteArray();
        RawRecord other = clicks(new Random(2));
        assertThat(assertSame(CLICKS, record(known), other, record(known))).isInstanceOf(ColumnBatch.class);
        Random random = new Random(3);
        for (int at = 0; at < known.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = known.clone();
                flipped[at] ^= (byte) (1 << bit);
                assertSame(CLICKS, record(known), other, record(flipped), record(known));
            }
            byte[] inserted = Arrays.copyOf(known, known.length + 1);
            System.arraycopy(known, at, inserted, at + 1, known.length - at);
            inserted[at] = (byte) random.nextInt();
            byte[] removed = Arrays.copyOf(known, known.length - 1);
            System.arraycopy(known, at + 1, removed, at, known.length - at - 1);
            assertSame(CLICKS, record(known), other, record(inserted));
            assertSame(CLICKS, record(known), other, record(removed));
            assertSame(CLICKS, record(known), other, record(Arrays.copyOf(known, at)));
        }
    }

    private static RawRecord clicks(Random random) {
        return example(
                floats("I1", random.nextFloat()),
                unpackedFloat("I10", random.nextFloat()),
                ints("C1", random.nextInt(1000)),
                unpackedInt("C2", random.nextLong()),
                ints("a longer name than 24 bytes, by far", random.nextLong()),
                bytes("raw", new byte[12]),
                bytes("text", new byte[130]),
                ints("ragged", random.nextInt(1000)),
                floats("x", random.nextFloat(), random.nextFloat(), 3),
                bytes("padded", new byte[2]),
                ints("index", random.nextInt(1000)),
                floats("value", random.nextFloat()),
                ints("not asked for", random.nextInt()));
    }

    @Test
    void randomRecordsAreReadOrRefusedTheSame() {
        Schema schema = Schema.of(
                Feature.ragged("data", DType.FLOAT32),
                Feature.ragged("labels", DType.INT64),
                Feature.ragged("", DType.BYTES),
                Feature.ragged("x", DType.INT64));
        for (int seed = 0; seed < 5_000; seed++) {
            RawRecord one = record(new RandomExamples(seed).next());
            RawRecord two = record(new RandomExamples(seed + 1).next());
            assertSame(schema, one);
            assertSame(schema, one, one, two, one);
        }
    }

    @Test
    void recordsOfUsualShapeInAnyOrderAreReadTheSame() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            List<Feature> features = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String name = key(i);
                features.add(
                        switch (i % 5) {
                            case 0 -> Feature.ragged(name, DType.FLOAT32);
                            case 1 -> Feature.ragged(name, DType.INT64);
                            case 2 -> Feature.ragged(name, DType.BYTES);
                            case 3 -> Feature.float32(name).withDefault(5);
                            default -> Feature.int64(name).withDefault(5);
                        });
            }
            Schema schema = Schema.of(features.toArray(Feature[]::new));
            for (int batch = 0; batch < 5; batch++) {
                RawRecord[] records =
                        IntStream.range(0, 20).mapToObj(i -> usual(random)).toArray(RawRecord[]::new);
                assertThat(assertSame(schema, records)).isInstanceOf(ColumnBatch.class);
            }
        }
    }

    private static RawRecord usual(Random random) {
        List<Consumer<WireWriter>> entries = new ArrayList<>();
        for (int i = 0; i < 45; i++) {
            String key = key(i);
            Consumer<WireWriter> value = switch (i % 5) {
                case 0 -> random.nextBoolean() ? floats(key, some(random)) : unpackedFloat(key, 2);
                case 1, 4 -> {
                    long integer = random.nextLong() >> random.nextInt(64);
                    int overlong = 1 + random.nextInt(10);
                    yield random.nextInt(4) > 0
                            ? ints(key, integer)
                            : entry(key, 3, out -> out.tag(1, 0).varint(integer, overlong));
                }
                case 2 -> bytes(key, new byte[random.nextInt(random.nextInt(20) == 0 ? 40_000 : 200)]);
                default -> floats(key, random.nextFloat());
            };
            int times = random.nextInt(10) == 0 ? random.nextInt(3) : 1;
            entries.addAll(Collections.nCopies(times, value));
            if (random.nextInt(20) == 0) {
                String another = key(random.nextInt(8) * 5 + i % 5);
                entries.add(value.andThen(out -> out.string(1, another)));
            }
        }
        Collections.shuffle(entries, random);
        return example(entries);
    }

    private static String key(int i) {
        return i == 44 ? "" : "a feature with a long name, such as it is".substring(0, i / 2) + i;
    }

    private static float[] some(Random random) {
        return new float[random.nextInt(random.nextInt(20) == 0 ? 5_000 : 5)];
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 127, 128, 5_000, 20_000, 3_000_000})
    void entriesThatDifferInTheirPayloadOnlyAreTaken(int payload) {
        Random random = new Random(payload);
        for (int length = 0; length <= 80; length++) {
            String key = "k".repeat(length);
            byte[] value = new byte[payload];
            EntryPrefixes entryPrefixes = new EntryPrefixes();
            learn(entryPrefixes, TestExamples.entry(key, list(1, out -> out.bytes(1, value))));
            random.nextBytes(value);
            byte[] entry = TestExamples.entry(key, list(1, out -> out.bytes(1, value)));
            assertThat(entryPrefixes.take(entry, 0, entry.length)).isEqualTo(entry.length);
            assertThat(entryPrefixes.take(entry, 0, entry.length - 1)).isZero();
        }
    }

    @Test
    void numbersThatHaveTheSameLengthAreTaken() {
        for (int length = 0; length <= 80; length++) {
            String key = "k".repeat(length);
            EntryPrefixes entryPrefixes = new EntryPrefixes();
            ValueSink sink = new ValueSink();
            for (int bits = 0; bits < 64; bits += 7) {
                long value = 1L << bits;
                byte[] first = TestExamples.entry(key, list(3, out -> out.message(1, packed -> packed.varint(value))));
                byte[] second = TestExamples.entry(
                        key, list(3, out -> out.message(1, packed -> packed.varint(value | value >> 1 | value >> 5))));
                assertThat(entryPrefixes.take(first, 0, first.length)).isZero();
                entryPrefixes.learn(first, 0, first.length, sink);
                assertThat(entryPrefixes.take(second, 0, second.length)).isEqualTo(second.length);
            }
        }
    }

    private static void learn(EntryPrefixes entryPrefixes, byte[] entry) {
        assertThat(entryPrefixes.take(entry, 0, entry.length)).isZero();
        entryPrefixes.learn(entry, 0, entry.length, new ValueSink());
    }

    @Test
    void severalThreadsMayParseWithOneSchema() {
        Schema schema = Schema.of(Feature.int64("i"), Feature.bytes("b"));
        List<List<RawRecord>> batches = IntStream.range(0, 2_000)
                .mapToObj(i -> List.of(example(ints("i", i), bytes("b", new byte[i % 300]))))
                .toList();
        Schema forgetful = schema.forgetful();
        List<ColumnBatch> expected = batches.stream().map(forgetful::parse).toList();
        assertThat(batches.parallelStream().map(schema::parse).toList()).isEqualTo(expected);
    }

    private static Consumer<WireWriter> unpackedFloat(String key, float value) {
        return entry(key, 2, out -> out.tag(1, WireReader.FIXED32).fixed32(Float.floatToRawIntBits(value)));
    }

    private static Consumer<WireWriter> unpackedInt(String key, long value) {
        return entry(key, 3, out -> out.tag(1, WireReader.VARINT).varint(value));
    }

    private static Consumer<WireWriter> entry(String key, int kind, Consumer<WireWriter> values) {
        return entry -> entry.string(1, key).message(2, list(kind, values));
    }

    private static Object assertSame(Schema schema, RawRecord... records) {
        Object outcome = outcome(schema, records);
        assertThat(outcome)
                .as(() -> HexFormat.of().formatHex(records[records.length - 1].toByteArray()))
                .isEqualTo(outcome(schema.forgetful(), records));
        return outcome;
    }

    private static Object outcome(Schema schema, RawRecord... records) {
        try {
            return schema.parse(List.of(records));
        } catch (PipefluxException e) {
            return e.toString();
        }
    }
}
