package io.pipeflux.records.example;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.records.example.TestExamples.bytes;
import static io.pipeflux.records.example.TestExamples.entry;
import static io.pipeflux.records.example.TestExamples.example;
import static io.pipeflux.records.example.TestExamples.feature;
import static io.pipeflux.records.example.TestExamples.floats;
import static io.pipeflux.records.example.TestExamples.ints;
import static io.pipeflux.records.example.TestExamples.list;
import static io.pipeflux.records.example.TestExamples.record;
import static io.pipeflux.records.example.TestExamples.rows;
import static io.pipeflux.records.example.TestExamples.strings;
import static io.pipeflux.records.example.WireReader.START_GROUP;
import static io.pipeflux.records.example.WireReader.VARINT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.DType;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class SchemaErrorsTest {

    private static final Feature INT = Feature.int64("age");
    private static final Schema AGE = Schema.of(INT);
    private static final RawRecord ONE = example(ints("age", 1));

    // == records that do not fit ==

    @Test
    void aMissingFeatureIsReportedInTensorFlowsWords() {
        assertMismatch(
                "Name: <unknown>, Feature: age (data type: int64) is required but could not be found."
                        + "  Features that could be found: [a, b]: specify a name that the records have, or, if"
                        + " records may lack the values, use withDefault (",
                INT,
                ONE,
                example(ints("b", 1), ints("a", 2)));
        assertMismatch(
                "Feature: age (data type: float) is required",
                Feature.float32("age"),
                example(floats("age", 1)),
                example());
        assertMismatch(
                "Feature: age (data type: string) is required",
                Feature.bytes("age"),
                example(strings("age", "a")),
                example());
    }

    @Test
    void anEmptyFeatureIsMissing() {
        assertMismatch(
                "is required but could not be found",
                INT,
                ONE,
                example(out -> out.string(1, "age").message(2, f -> {})));
        assertMismatch("is required but could not be found", INT, ONE, example(out -> out.string(1, "age")));
        assertMismatch(
                "is required but could not be found",
                INT,
                ONE,
                record(WireWriter.message(example -> example.message(
                        1,
                        features -> features.raw(entry(
                                        "age", list(3, out -> out.tag(1, VARINT).varint(1))))
                                .message(1, entry -> entry.string(1, "age"))))));
    }

    @Test
    void anotherKindIsReportedInTensorFlowsWords() {
        assertMismatch(
                "Name: <unknown>, Key: age, Index: 1.  Data types don't match. Data type: float but expected type:"
                        + " int64: change the feature's type to FLOAT32, or write int64 (",
                INT,
                ONE,
                example(floats("age", 1)));
        assertMismatch(
                "Data type: int64 but expected type: string: change the feature's type to INT64, or write string (",
                Feature.bytes("age"),
                example(strings("age", "a")),
                example(ints("age", 1)));
        assertMismatch(
                "Data type: string but expected type: float: change the feature's type to BYTES, or write float (",
                Feature.float32("age"),
                example(floats("age", 1)),
                example(strings("age", "1")));
    }

    @Test
    void anotherCountIsReportedInTensorFlowsWords() {
        assertMismatch(
                "Name: <unknown>, Key: age, Index: 1.  Number of int64 values != expected.  Values size: 2 but output shape: []:"
                        + " specify a shape of 2 values; if the number of values varies, use a ragged or padded feature",
                INT,
                ONE,
                example(ints("age", 1, 2)));
        assertMismatch(
                "Number of float values != expected.  Values size: 0 but output shape: [2,3]: if the number of values varies,",
                Feature.float32("age", 2, 3),
                example(floats("age", 1, 2, 3, 4, 5, 6)),
                example(floats("age")));
        assertMismatch(
                "Number of bytes values != expected.  Values size: 3 but output shape: [2]",
                Feature.bytes("age", 2),
                example(strings("age", "a", "b")),
                example(strings("age", "a", "b", "c")));
        assertMismatch(
                "Number of bytes values != expected.  Values size: 2 but output shape: []: a raw feature has one"
                        + " byte string; for several, use bytes (",
                Feature.decodeRaw("age", DType.UINT8, 1),
                example(strings("age", "a")),
                example(strings("age", "a", "b")));
    }

    @Test
    void rawBytesOfAnotherLengthAreRefused() {
        Feature feature = Feature.decodeRaw("data", DType.FLOAT64, 2);
        RawRecord first = example(bytes("data", new byte[16]));

        assertMismatch(
                "Key: data, Index: 1.  Input to DecodeRaw has length 17 that is not a multiple of 8, the size of float64:"
                        + " specify the type that was written",
                feature,
                first,
                example(bytes("data", new byte[17])));
        assertMismatch(
                "Key: data, Index: 1.  Input to DecodeRaw has length 24 but output shape: [2] of float64 has 16:"
                        + " specify a shape of 3 values; if their number varies, use raggedRaw or paddedRaw",
                feature,
                first,
                example(bytes("data", new byte[24])));
        assertMismatch(
                "has length 8 but output shape: [2] of float64 has 16:"
                        + " specify INT32, UINT32, FLOAT32, or a shape of 1 value; if their number varies",
                feature,
                first,
                example(bytes("data", new byte[8])));
        assertMismatch(
                "has length 0 but output shape: [2] of float64 has 16: if the number of values varies, use raggedRaw",
                feature,
                first,
                example(bytes("data", new byte[0])));
    }

    // == bytes that are no message ==

    @Test
    void illegalBytesAreRefusedWithThePlaceAndTheFeature() {
        assertCorrupt("a varint is cut off, before byte 2 of the record", 0x08, 0x80);
        assertCorrupt("a length of 5 where 1 bytes are left", 0x0a, 5, 0);
        assertCorrupt("the invalid tag 0", 0);
        assertCorrupt("the invalid tag 2", 2);
        assertCorrupt("a length of 18446744073709551615 where", 0x0a, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1);
        assertCorrupt("a length of 4294967295 where", 0x12, -1, -1, -1, -1, 0x0f);
        assertCorrupt("a varint has more than 10 bytes", 0x18, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1);
        assertCorrupt("a group ends that has not begun", 0x1c);
        assertCorrupt("a group ends that has not begun", 0x1b, 0x24);
        assertCorrupt("a varint is cut off", 0x1b);
        assertCorrupt("invalid wire type 6", 0x1e);
        assertCorrupt("invalid wire type 7", 0x1f);
        assertCorrupt("a value of 8 bytes where 7 are left", 0x19, 1, 2, 3, 4, 5, 6, 7);
        assertCorrupt("a value of 4 bytes where 3 are left", 0x1d, 1, 2, 3);
    }

    @Test
    void aFeatureThatIsCorruptIsNamed() {
        assertCorruptFeature("a packed list of floats has 5 bytes", list(2, out -> out.bytes(1, new byte[5])));
        assertCorruptFeature("a varint is cut off", list(3, out -> out.bytes(1, new byte[] {1, -1})));
        assertCorruptFeature("a length of 9 where 0 bytes", list(1, out -> out.raw((byte) 10, (byte) 9)));
    }

    @Test
    void groupsAreSkippedTo64Deep() {
        Consumer<WireWriter> value = ints("age", 5);
        byte[] groups = WireWriter.message(out -> {
            for (int i = 0; i < 64; i++) {
                out.tag(7, START_GROUP);
            }
            for (int i = 0; i < 64; i++) {
                out.tag(7, WireReader.END_GROUP);
            }
        });
        byte[] all =
                WireWriter.message(out -> out.raw(groups).raw(example(value).toByteArray()));

        assertThat(AGE.parse(rows(all)).column("age").asLongBuffer().get(0)).isEqualTo(5);
        assertThatThrownBy(() -> AGE.parse(rows(WireWriter.message(out -> {
                    for (int i = 0; i < 1_000_000; i++) {
                        out.tag(7, START_GROUP);
                    }
                }))))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("groups are nested more than 64 deep");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80",
                "c080",
                "c1bf",
                "c3",
                "e08080",
                "e282",
                "eda080",
                "f0808080",
                "f4908080",
                "f5808080",
                "61ff"
            })
    void aNameThatIsNotUtf8IsRefusedAsProtobufDoes(String hex) {
        byte[] message = WireWriter.message(example -> example.message(
                1,
                features -> features.message(
                        1, entry -> entry.bytes(1, HexFormat.of().parseHex(hex)))));

        assertThatThrownBy(() -> AGE.parse(rows(message)))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("a feature's name is not UTF-8");
        assertThatThrownBy(() -> Examples.parse(record(message))).isInstanceOf(CorruptRecordException.class);
    }

    @Test
    void anErrorInABatchComesBehindTheBatchesBefore() {
        StepVerifier.create(
                        Flux.just(example(ints("age", 1)), example(ints("age", 2)), example(), example(ints("age", 4)))
                                .transform(mapAndBatch(2, 2, AGE.batches())))
                .expectNextCount(1)
                .verifyError(SchemaMismatchException.class);
    }

    // == helpers ==

    /** The record that does not fit is the second row: an index of 0 would be right by accident. */
    private static void assertMismatch(String message, Feature feature, RawRecord first, RawRecord second) {
        RawRecord found = RecordOrigin.of(() -> "train_3", 5, Position.NO_OBJECT)
                .record(second.toByteArray(), 0, second.size(), 1000, 2000, 17);

        assertThatThrownBy(() -> Schema.of(feature).parse(List.of(first, found)))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining(message)
                .hasMessageEndingWith(" (train_3, epoch 5, byte 1000, record 17) [PF-SCHEMA-01]");
    }

    private static void assertCorrupt(String message, int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            all[i] = (byte) bytes[i];
        }
        assertThatThrownBy(() -> AGE.parse(rows(all)))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith("Can't parse serialized Example: ")
                .hasMessageContaining(message)
                .hasMessageEndingWith(" (no stream, epoch 0, byte 0, record 0) [PF-RECORD-06]");
    }

    private static void assertCorruptFeature(String message, Consumer<WireWriter> value) {
        assertThatThrownBy(() -> AGE.parse(rows(feature("age", value))))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("of the record in feature \"age\" (no stream");
    }

    /** Its bytes would be those of a question mark, which another feature may have as its name. */
    @Test
    void halfASurrogatePairIsNoName() {
        assertThatIllegalArgumentException().isThrownBy(() -> Feature.int64("\ud800"));
        assertThatIllegalArgumentException().isThrownBy(() -> Feature.ragged("a\udc00", DType.INT64));
        assertThatIllegalArgumentException().isThrownBy(() -> Feature.sparse("a", "\ud800", "v", DType.INT64, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> Feature.sparse("a", "i", "\ud800", DType.INT64, 3));
    }
}
