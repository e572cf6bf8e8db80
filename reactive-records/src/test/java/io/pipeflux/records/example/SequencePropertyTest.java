package io.pipeflux.records.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.google.protobuf.InvalidProtocolBufferException;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.proto.Feature.KindCase;
import io.pipeflux.records.example.proto.SequenceExample;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compares the parser with protobuf-java on random SequenceExamples; the seed of a failure is in its message. */
class SequencePropertyTest {

    private int fitting;

    @Test
    void legalMessagesHaveTheValuesThatProtobufReads() throws InvalidProtocolBufferException {
        for (int seed = 0; seed < 10_000; seed++) {
            byte[] bytes = new RandomExamples(seed).nextSequence();
            assertAgrees(SequenceExample.parseFrom(bytes), bytes, "seed " + seed);
        }
        assertThat(fitting).isGreaterThan(10_000);
    }

    @Test
    void changedMessagesAreReadAsProtobufReadsThemOrRefused() {
        int refused = 0;
        for (int seed = 0; seed < 150; seed++) {
            byte[] bytes = new RandomExamples(seed).nextSequence();
            String what = "changed, seed " + seed;
            refused += Mutations.ofAll(bytes, seed, changed -> assertAgreesOrRefuses(changed, what));
        }
        assertThat(refused).isLessThan(500); // as in ExampleParserPropertyTest
    }

    /** Returns 1 if protobuf reads the message and we do not. */
    private int assertAgreesOrRefuses(byte[] bytes, String what) {
        SequenceExample expected;
        try {
            expected = SequenceExample.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            assertThatThrownBy(() -> Schema.ofSequences(List.of(Feature.ragged("x", DType.INT64)), List.of())
                            .parse(rows(bytes)))
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

    private void assertAgrees(SequenceExample expected, byte[] bytes, String what) {
        expected.getContext().getFeatureMap().forEach((name, value) -> {
            Column column = Schema.ofSequences(List.of(Feature.ragged(name, TestValues.type(value))), List.of())
                    .parse(rows(bytes))
                    .column(name);
            List<Object> twice = new ArrayList<>(TestValues.of(value));
            twice.addAll(TestValues.of(value));
            assertThat(TestValues.of(column)).as("%s, context %s", what, name).isEqualTo(twice);
        });
        expected.getFeatureLists()
                .getFeatureListMap()
                .forEach((name, list) -> assertAgrees(name, list.getFeatureList(), bytes, what + ", list " + name));
    }

    private void assertAgrees(
            String name, List<io.pipeflux.records.example.proto.Feature> steps, byte[] bytes, String what) {
        assertAgreesInLists(name, steps, bytes, what);
        var first = steps.isEmpty() ? io.pipeflux.records.example.proto.Feature.getDefaultInstance() : steps.get(0);
        int length = TestValues.of(first).size();
        Schema schema = Schema.ofSequences(List.of(), List.of(feature(name, first, length)));
        boolean fits = steps.stream()
                .allMatch(step -> step.getKindCase() == first.getKindCase()
                        && step.getKindCase() != KindCase.KIND_NOT_SET
                        && TestValues.of(step).size() == length);
        if (!fits) {
            try {
                fail(what + ": " + HexFormat.of().formatHex(bytes) + " was read as " + schema.parse(rows(bytes)));
            } catch (SchemaMismatchException e) {
                return;
            }
        }
        fitting++;
        List<Object> twice = new ArrayList<>();
        for (int row = 0; row < 2; row++) {
            steps.forEach(step -> twice.addAll(TestValues.of(step)));
        }
        Column column = schema.parse(rows(bytes)).column(name);
        assertThat(TestValues.of(column)).as(what).isEqualTo(twice);
        assertThat(TestValues.splits(column)).isEqualTo(List.of(0, twice.size() / 2, twice.size()));
    }

    /** The same with steps of any length, of which a step without values may have no kind. */
    private void assertAgreesInLists(
            String name, List<io.pipeflux.records.example.proto.Feature> steps, byte[] bytes, String what) {
        List<KindCase> kinds = steps.stream()
                .map(io.pipeflux.records.example.proto.Feature::getKindCase)
                .filter(kind -> kind != KindCase.KIND_NOT_SET)
                .distinct()
                .toList();
        DType dtype = steps.stream()
                .filter(step -> step.getKindCase() != KindCase.KIND_NOT_SET)
                .map(TestValues::type)
                .findFirst()
                .orElse(DType.INT64);
        Schema schema = Schema.ofSequences(List.of(), List.of(Feature.ragged(name, dtype)));
        if (kinds.size() > 1) {
            try {
                fail(what + ": " + HexFormat.of().formatHex(bytes) + " was read as " + schema.parse(rows(bytes)));
            } catch (SchemaMismatchException e) {
                return;
            }
        }
        List<Object> values = new ArrayList<>();
        List<Integer> ends = new ArrayList<>(List.of(0));
        for (int row = 0; row < 2; row++) {
            for (var step : steps) {
                values.addAll(TestValues.of(step));
                ends.add(values.size());
            }
        }
        Column column = schema.parse(rows(bytes)).column(name);
        assertThat(TestValues.of(column)).as(what).isEqualTo(values);
        assertThat(TestValues.ints(column.rowSplits(0))).isEqualTo(List.of(0, steps.size(), 2 * steps.size()));
        assertThat(TestValues.ints(column.rowSplits(1))).as(what).isEqualTo(ends);
    }

    private static Feature feature(String name, io.pipeflux.records.example.proto.Feature step, int length) {
        return switch (step.getKindCase()) {
            case BYTES_LIST -> Feature.bytes(name, length);
            case FLOAT_LIST -> Feature.float32(name, length);
            default -> Feature.int64(name, length);
        };
    }

    /** Two rows, so that a column has a second one to be wrong in. */
    private static List<RawRecord> rows(byte[] bytes) {
        RawRecord record = RawRecord.of(ByteBuffer.wrap(bytes));
        return List.of(record, record);
    }
}
