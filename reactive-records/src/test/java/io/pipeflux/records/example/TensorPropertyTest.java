package io.pipeflux.records.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.google.protobuf.InvalidProtocolBufferException;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.aialgs.proto.Record;
import io.pipeflux.records.aialgs.proto.Value;
import io.pipeflux.records.aialgs.proto.Value.ValueCase;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Compares the parser with protobuf-java on random Records; the seed of a failure is in its message. */
class TensorPropertyTest {

    private int dense;
    private int sparse;

    @Test
    void legalMessagesHaveTheValuesThatProtobufReads() throws InvalidProtocolBufferException {
        for (int seed = 0; seed < 10_000; seed++) {
            byte[] bytes = new RandomTensors(seed).next();
            assertAgrees(Record.parseFrom(bytes), bytes, "seed " + seed);
        }
        assertThat(dense).isGreaterThan(5_000);
        assertThat(sparse).isGreaterThan(1_000);
    }

    @Test
    void changedMessagesAreReadAsProtobufReadsThemOrRefused() {
        int refused = 0;
        for (int seed = 0; seed < 200; seed++) {
            byte[] bytes = new RandomTensors(seed).next();
            String what = "changed, seed " + seed;
            refused += Mutations.ofAll(bytes, seed, changed -> assertAgreesOrRefuses(changed, what));
        }
        assertThat(refused).isLessThan(100); // as in ExampleParserPropertyTest
    }

    /** Returns 1 if protobuf reads the message and we do not. */
    private int assertAgreesOrRefuses(byte[] bytes, String what) {
        Record expected;
        try {
            expected = Record.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            Schema schema = Schema.ofTensors(List.of(Feature.ragged("data", DType.BYTES)), List.of());
            assertThatThrownBy(() -> schema.parse(rows(bytes)))
                    .as(() -> what + ": " + HexFormat.of().formatHex(bytes))
                    .isInstanceOf(CorruptRecordException.class);
            return 0;
        }
        try {
            assertAgrees(expected, bytes, what);
            return 0;
        } catch (CorruptRecordException e) {
            assertThat(e.getMessage()).containsAnyOf("invalid tag", "a length of", "more than 10 bytes");
            return 1;
        }
    }

    private void assertAgrees(Record expected, byte[] bytes, String what) {
        expected.getFeaturesMap().forEach((name, value) -> {
            Schema schema = Schema.ofTensors(List.of(feature(name, value)), List.of());
            assertAgrees(schema, name, value, bytes, what + ", feature " + name);
        });
        expected.getLabelMap().forEach((name, value) -> {
            Schema schema = Schema.ofTensors(List.of(), List.of(feature(name, value)));
            assertAgrees(schema, "label_" + name, value, bytes, what + ", label " + name);
        });
    }

    private void assertAgrees(Schema schema, String name, Value value, byte[] bytes, String what) {
        if (!fits(value)) {
            try {
                fail(what + ": " + HexFormat.of().formatHex(bytes) + " was read as " + schema.parse(rows(bytes)));
            } catch (SchemaMismatchException e) {
                return;
            }
        }
        List<Long> keys = TestValues.keys(value);
        List<?> values = TestValues.of(value);
        int[] order = IntStream.range(0, values.size())
                .boxed()
                .sorted(Comparator.comparing(i -> keys.isEmpty() ? Long.valueOf(i) : keys.get(i)))
                .mapToInt(i -> i)
                .toArray();
        List<Object> expected = new ArrayList<>();
        List<Object> indices = new ArrayList<>();
        for (int row = 0; row < 2; row++) {
            for (int i : order) {
                expected.add(values.get(i));
                indices.add(keys.isEmpty() ? 0L : keys.get(i));
            }
        }
        ColumnBatch batch = schema.parse(rows(bytes));
        assertThat(TestValues.of(batch.column(name)))
                .as(() -> what + ": " + HexFormat.of().formatHex(bytes))
                .isEqualTo(expected);
        if (keys.isEmpty()) {
            dense++;
        } else {
            sparse++;
            assertThat(TestValues.of(batch.column(name + ".indices"))).as(what).isEqualTo(indices);
            assertThat(batch.column(name).rowSplits())
                    .isEqualTo(batch.column(name + ".indices").rowSplits());
        }
    }

    private static boolean fits(Value value) {
        List<Long> keys = TestValues.keys(value);
        return keys.isEmpty()
                || keys.size() == TestValues.of(value).size()
                        && TestValues.shape(value).equals(List.of(3L, 4L))
                        && keys.stream().allMatch(key -> key >= 0 && key < 12);
    }

    private static Feature feature(String name, Value value) {
        return TestValues.keys(value).isEmpty() || value.getValueCase() == ValueCase.BYTES
                ? Feature.ragged(name, TestValues.type(value))
                : Feature.sparse(name, TestValues.type(value), 12);
    }

    /** Two rows, so that a column has a second one to be wrong in. */
    private static List<RawRecord> rows(byte[] bytes) {
        RawRecord record = RawRecord.of(ByteBuffer.wrap(bytes));
        return List.of(record, record);
    }
}
