package io.pipeflux.records.example;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.records.example.TestExamples.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.aialgs.proto.Bytes;
import io.pipeflux.records.aialgs.proto.Float32Tensor;
import io.pipeflux.records.aialgs.proto.Float64Tensor;
import io.pipeflux.records.aialgs.proto.Int32Tensor;
import io.pipeflux.records.aialgs.proto.Record;
import io.pipeflux.records.aialgs.proto.Value;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** SageMaker's recordio-protobuf. */
class TensorSchemaTest {

    // == values ==

    @Test
    void readsBytesAsSageMakersFormatHasThem() {
        // features { key: "values" value { float32_tensor { values: [1, 2] } } }
        // label { key: "values" value { float32_tensor { values: [3] } } }
        RawRecord record = record(HexFormat.of()
                .parseHex("0a16" + "0a0676616c756573" + "120c" + "120a" + "0a08" + "0000803f" + "00000040" + "1212"
                        + "0a0676616c756573" + "1208" + "1206" + "0a04" + "00004040"));

        ColumnBatch batch = Schema.ofTensors(List.of(Feature.float32("values", 2)), List.of(Feature.float32("values")))
                .parse(List.of(record, record));

        assertThat(batch.names()).containsExactly("values", "label_values");
        assertThat(batch.column("values").shape()).containsExactly(2, 2);
        assertThat(batch.column("values").asFloatBuffer().get(3)).isEqualTo(2);
        assertThat(batch.column("label_values").asFloatBuffer().get(1)).isEqualTo(3);
        assertThat(Examples.parseTensors(record)
                        .getLabelOrThrow("values")
                        .getFloat32Tensor()
                        .getValues(0))
                .isEqualTo(3);
    }

    @Test
    void allTypesBecomeColumns() {
        Schema schema = Schema.ofTensors(
                List.of(
                        Feature.float64("d", 2),
                        Feature.int32("i", 2),
                        Feature.bytes("b"),
                        Feature.ragged("r", DType.FLOAT64),
                        Feature.int32("m").withDefault(-9),
                        Feature.decodeRaw("raw", DType.UINT8, 3)),
                List.of());
        RawRecord first = bytes(Record.newBuilder()
                .putFeatures("d", doubles(1.5, -2))
                .putFeatures("i", ints(Integer.MIN_VALUE, -1))
                .putFeatures("b", strings("abc"))
                .putFeatures("r", doubles(1, 2, 3))
                .putFeatures("raw", strings("xyz")));
        RawRecord second = bytes(Record.newBuilder()
                .putFeatures("d", doubles(3, 4))
                .putFeatures("i", ints(5, 6))
                .putFeatures("b", strings(""))
                .putFeatures("m", ints(1))
                .putFeatures("raw", strings("uvw")));

        ColumnBatch batch = schema.parse(List.of(first, second));

        double[] d = new double[4];
        batch.column("d").copyTo(d);
        assertThat(d).containsExactly(1.5, -2, 3, 4);
        int[] i = new int[4];
        batch.column("i").copyTo(i);
        assertThat(i).containsExactly(Integer.MIN_VALUE, -1, 5, 6);
        assertThat(batch.column("b").bytes(0).remaining()).isEqualTo(3);
        assertThat(batch.column("b").bytes(1).remaining()).isZero();
        assertThat(batch.column("r").asDoubleBuffer().get(2)).isEqualTo(3);
        assertThat(TestValues.splits(batch.column("r"))).containsExactly(0, 3, 3);
        int[] m = new int[2];
        batch.column("m").copyTo(m);
        assertThat(m).containsExactly(-9, 1);
        assertThat(batch.column("raw").values().get(3)).isEqualTo((byte) 'u');
    }

    @Test
    void sparseTensorsBecomeIndicesAndValues() {
        Schema schema = Schema.ofTensors(
                List.of(Feature.sparse("values", DType.FLOAT32, 6)), List.of(Feature.float32("values")));

        ColumnBatch batch = schema.parse(List.of(
                sparse(List.of(5L, 0L), List.of(2L, 3L), 1, 2),
                sparse(List.of(), List.of(6L)),
                sparse(List.of(3L), List.of(6L), 3)));

        assertThat(batch.names()).containsExactly("values.indices", "values", "label_values");
        assertThat(TestValues.of(batch.column("values.indices"))).isEqualTo(List.of(0L, 5L, 3L));
        assertThat(batch.column("values").asFloatBuffer().get(0)).isEqualTo(2);
        assertThat(batch.column("values").asFloatBuffer().get(1)).isEqualTo(1);
        assertThat(TestValues.splits(batch.column("values"))).containsExactly(0, 2, 2, 3);
    }

    @Test
    void batchesOfARecordStreamArePadded() {
        Schema schema = Schema.ofTensors(List.of(Feature.float64("values", 1)), List.of());
        RawRecord record = bytes(Record.newBuilder().putFeatures("values", doubles(1)));

        List<ColumnBatch> batches = Flux.just(record, record, record)
                .transform(mapAndBatch(2, 0, schema.batches(2)))
                .collectList()
                .block();

        assertThat(batches.stream().map(ColumnBatch::paddedRows)).containsExactly(0, 1);
    }

    // == records that do not fit ==

    @Test
    void denseAndSparseAreNotMistakenForOneAnother() {
        RawRecord sparse = sparse(List.of(1L), List.of(6L), 1);
        RawRecord dense =
                bytes(Record.newBuilder().putFeatures("values", floats(1)).putLabel("values", floats(0)));

        assertMismatch(
                "Name: <unknown>, Key: values, Index: 0.  Expected a dense tensor, but got a sparse one with 1"
                        + " keys: use Feature.sparse (",
                Feature.float32("values"),
                sparse);
        assertMismatch(
                "Expected a dense tensor, but got a sparse one", Feature.ragged("values", DType.FLOAT32), sparse);
        assertMismatch(
                "Expected a sparse tensor of 6 values, but got one without a shape: write its shape, or use a"
                        + " dense feature (",
                Feature.sparse("values", DType.FLOAT32, 6),
                dense);
    }

    @Test
    void shapesHaveAsManyValuesAsTheFeature() {
        assertMismatch(
                "Expected a sparse tensor of 6 values, but got a shape of 8: specify the size that was written (",
                Feature.sparse("values", DType.FLOAT32, 6),
                sparse(List.of(1L), List.of(2L, 4L), 1));
        assertMismatch(
                "Expected a sparse tensor of 6 values, but got a shape of too many",
                Feature.sparse("values", DType.FLOAT32, 6),
                sparse(List.of(1L), List.of(1L << 62, 1L << 62, 3L), 1));
        assertMismatch(
                "Expected a sparse tensor of 6 values, but got a shape of too many",
                Feature.sparse("values", DType.FLOAT32, 6),
                sparse(List.of(1L), List.of(-1L), 1));
        assertMismatch(
                "indices[0] = [0,6] is out of bounds: need 0 <= index < [1,6]",
                Feature.sparse("values", DType.FLOAT32, 6),
                sparse(List.of(6L), List.of(6L), 1));
        assertMismatch(
                "Number of indices != number of values of values: 2 != 1",
                Feature.sparse("values", DType.FLOAT32, 6),
                sparse(List.of(0L, 1L), List.of(6L), 1));
        RawRecord four = bytes(Record.newBuilder()
                .putFeatures(
                        "values",
                        Value.newBuilder()
                                .setFloat32Tensor(Float32Tensor.newBuilder()
                                        .addAllValues(List.of(1f, 2f, 3f, 4f))
                                        .addAllShape(List.of(2L, 3L)))
                                .build()));
        assertMismatch(
                "Expected a tensor of shape [2,2], but got a shape of 6 values: specify the shape that was"
                        + " written (",
                Feature.float32("values", 2, 2),
                four);
    }

    @Test
    void otherMismatchesAreReportedAsOfExamples() {
        RawRecord record = bytes(Record.newBuilder().putFeatures("values", floats(1, 2)));

        assertMismatch(
                "Name: <unknown>, Feature: x (data type: double) is required but could not be found.  Features that could be"
                        + " found: [values]: specify a name that the records have, or, if records may lack the"
                        + " values, use withDefault (",
                Feature.float64("x"),
                record);
        assertMismatch(
                "Data type: float but expected type: int32: change the feature's type to FLOAT32, or write int32 (",
                Feature.int32("values", 2),
                record);
        assertMismatch(
                "Number of float values != expected.  Values size: 2 but output shape: [3]",
                Feature.float32("values", 3),
                record);
        assertThatThrownBy(() -> Schema.ofTensors(List.of(), List.of(Feature.float32("values")))
                        .parse(List.of(record)))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("Feature: values (data type: float) is required but could not be found")
                .hasMessageContaining("[]");
        assertThatThrownBy(() -> Schema.ofTensors(List.of(Feature.float32("x")), List.of())
                        .parse(List.of(record(new byte[] {10, 5}))))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageStartingWith("Can't parse serialized Record: a length of 5 where 0 bytes are left");
    }

    @Test
    void featuresThatTensorsCannotHaveAreRefusedAtAssembly() {
        assertRefused("Invalid config dtype: int64, which SageMaker's records do not have", Feature.int64("x"));
        assertRefused("SageMaker's records have no steps to be padded", Feature.paddedFloat32("x", 0));
        assertRefused(
                "a tensor contains its indexes, so they have no key of their own",
                Feature.sparse("x", "i", "v", DType.FLOAT32, 1));
        assertRefused("byte strings are not sparse", Feature.sparse("x", DType.BYTES, 1));
    }

    // == helpers ==

    private static void assertRefused(String message, Feature feature) {
        assertThatThrownBy(() -> Schema.ofTensors(List.of(feature), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static void assertMismatch(String message, Feature feature, RawRecord record) {
        assertThatThrownBy(() -> Schema.ofTensors(List.of(feature), List.of()).parse(List.of(record)))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("(no stream, epoch 0");
    }

    private static RawRecord sparse(List<Long> keys, List<Long> shape, float... values) {
        Float32Tensor.Builder tensor =
                Float32Tensor.newBuilder().addAllKeys(keys).addAllShape(shape);
        for (float value : values) {
            tensor.addValues(value);
        }
        return bytes(Record.newBuilder()
                .putFeatures(
                        "values", Value.newBuilder().setFloat32Tensor(tensor).build())
                .putLabel("values", floats(1)));
    }

    private static RawRecord bytes(Record.Builder record) {
        return record(record.build().toByteArray());
    }

    private static Value floats(float... values) {
        Float32Tensor.Builder tensor = Float32Tensor.newBuilder();
        for (float value : values) {
            tensor.addValues(value);
        }
        return Value.newBuilder().setFloat32Tensor(tensor).build();
    }

    private static Value doubles(double... values) {
        Float64Tensor.Builder tensor = Float64Tensor.newBuilder();
        for (double value : values) {
            tensor.addValues(value);
        }
        return Value.newBuilder().setFloat64Tensor(tensor).build();
    }

    private static Value ints(int... values) {
        Int32Tensor.Builder tensor = Int32Tensor.newBuilder();
        for (int value : values) {
            tensor.addValues(value);
        }
        return Value.newBuilder().setInt32Tensor(tensor).build();
    }

    private static Value strings(String... values) {
        Bytes.Builder bytes = Bytes.newBuilder();
        for (String value : values) {
            bytes.addValue(ByteString.copyFromUtf8(value));
        }
        return Value.newBuilder().setBytes(bytes).build();
    }
}
