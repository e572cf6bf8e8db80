package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Examples;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;

/** Serialized Examples, one in each piece. */
class ExampleFuzzTest {

    private static final Schema SCHEMA = Schema.of(
            Feature.float32("f", 2).withDefault(1.0, 2.0),
            Feature.int64("i").withDefault(3L),
            Feature.bytes("b").withDefault(new byte[] {4}),
            Feature.decodeRaw("d", DType.FLOAT32, 2).withDefault(0.0, 0.0),
            Feature.ragged("rf", DType.FLOAT32),
            Feature.ragged("ri", DType.INT64),
            Feature.ragged("rb", DType.BYTES),
            Feature.paddedFloat32("pf", -1, 2),
            Feature.paddedInt64("pi", -1),
            Feature.paddedBytes("pb", new byte[] {5}),
            Feature.sparse("s", "k", "v", DType.FLOAT32, 9));

    @FuzzTest(maxDuration = "5m")
    void parses(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        FuzzRecords.parses(input, SCHEMA::parse, 1024);
        FuzzRecords.agrees(input, SCHEMA::parse, Examples::parse);
    }
}
