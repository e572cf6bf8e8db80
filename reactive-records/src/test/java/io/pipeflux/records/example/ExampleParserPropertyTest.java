package io.pipeflux.records.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.google.protobuf.InvalidProtocolBufferException;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature.KindCase;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares the parser with protobuf-java on random bytes; the seed of a failure is in its message. */
class ExampleParserPropertyTest {

    @Test
    void legalMessagesHaveTheValuesThatProtobufReads() throws InvalidProtocolBufferException {
        for (int seed = 0; seed < 10_000; seed++) {
            byte[] bytes = new RandomExamples(seed).next();
            Example expected = Example.parseFrom(bytes);
            assertAgrees(expected, bytes, "seed " + seed);
            assertOthersAreMissing(expected, bytes, "seed " + seed);
        }
    }

    @Test
    void changedMessagesAreReadAsProtobufReadsThemOrRefused() {
        int refused = 0;
        for (int seed = 0; seed < 200; seed++) {
            byte[] bytes = new RandomExamples(seed).next();
            String what = "changed, seed " + seed;
            refused += Mutations.ofAll(bytes, seed, changed -> assertAgreesOrRefuses(changed, what));
        }
        // Of some 120,000: tags and lengths of more than 32 bits, of which protobuf-java ignores the upper ones, and
        // varints
        // of more than 10 bytes, of which it sometimes takes the first 10.
        assertThat(refused).isLessThan(500);
    }

    /** Returns 1 if protobuf reads the message and we do not. */
    private static int assertAgreesOrRefuses(byte[] bytes, String what) {
        Example expected;
        try {
            expected = Example.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            assertThatThrownBy(() -> Schema.of(Feature.bytes("data")).parse(rows(bytes)))
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

    private static void assertAgrees(Example expected, byte[] bytes, String what) {
        Map<String, io.pipeflux.records.example.proto.Feature> features =
                expected.getFeatures().getFeatureMap();
        Feature[] asked = features.entrySet().stream()
                .filter(entry -> entry.getValue().getKindCase() != KindCase.KIND_NOT_SET)
                .map(entry -> feature(entry.getKey(), entry.getValue()))
                .toArray(Feature[]::new);
        if (asked.length == 0) {
            try {
                fail(Schema.of(Feature.bytes("data")).parse(rows(bytes)).toString());
            } catch (SchemaMismatchException e) {
                return;
            }
        }
        ColumnBatch batch = Schema.of(asked).parse(rows(bytes));
        for (String name : batch.names()) {
            assertThat(TestValues.of(batch.column(name)))
                    .as(() -> what + ", feature " + name + ": " + HexFormat.of().formatHex(bytes))
                    .isEqualTo(twice(TestValues.of(features.get(name))));
        }
        assertAgreesWithoutLength(features, bytes, what);
    }

    /** The same as ragged and as padded columns, between them a row without features. */
    private static void assertAgreesWithoutLength(
            Map<String, io.pipeflux.records.example.proto.Feature> features, byte[] bytes, String what) {
        RawRecord record = RawRecord.of(ByteBuffer.wrap(bytes));
        List<RawRecord> rows = List.of(record, TestExamples.example(), record);
        features.forEach((name, value) -> {
            Column ragged = Schema.of(Feature.ragged(name, TestValues.type(value)))
                    .parse(rows)
                    .column(name);
            List<?> row = TestValues.of(value);
            int n = row.size();
            assertThat(TestValues.of(ragged)).as("%s, ragged %s", what, name).isEqualTo(twice(row));
            assertThat(TestValues.splits(ragged)).isEqualTo(List.of(0, n, n, 2 * n));

            Column padded = Schema.of(padded(name, value)).parse(rows).column(name);
            assertThat(padded.shape()).containsExactly(3, n);
            assertThat(TestValues.of(padded).subList(0, n)).isEqualTo(row);
            assertThat(TestValues.of(padded).subList(2 * n, 3 * n)).isEqualTo(row);
        });
    }

    private static Feature padded(String name, io.pipeflux.records.example.proto.Feature value) {
        return switch (value.getKindCase()) {
            case BYTES_LIST -> Feature.paddedBytes(name, new byte[3]);
            case FLOAT_LIST -> Feature.paddedFloat32(name, 1);
            default -> Feature.paddedInt64(name, 1);
        };
    }

    private static void assertOthersAreMissing(Example expected, byte[] bytes, String what) {
        for (String key : RandomExamples.KEYS) {
            var there = expected.getFeatures().getFeatureMap().get(key);
            if (there == null || there.getKindCase() == KindCase.KIND_NOT_SET) {
                assertThatThrownBy(() -> Schema.of(Feature.int64(key)).parse(rows(bytes)))
                        .as("%s, feature %s", what, key)
                        .isInstanceOf(SchemaMismatchException.class)
                        .hasMessageContaining("required but could not be found");
            }
        }
    }

    /** Two rows, so that a column has a second one to be wrong in. */
    private static List<RawRecord> rows(byte[] bytes) {
        RawRecord record = RawRecord.of(ByteBuffer.wrap(bytes));
        return List.of(record, record);
    }

    private static Feature feature(String name, io.pipeflux.records.example.proto.Feature value) {
        return switch (value.getKindCase()) {
            case BYTES_LIST -> Feature.bytes(name, value.getBytesList().getValueCount());
            case FLOAT_LIST -> Feature.float32(name, value.getFloatList().getValueCount());
            default -> Feature.int64(name, value.getInt64List().getValueCount());
        };
    }

    /** The values of two rows that are equal. */
    private static List<?> twice(List<?> row) {
        return Stream.concat(row.stream(), row.stream()).toList();
    }
}
