package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Examples;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.util.List;

/** Serialized SequenceExamples, one in each piece. */
class SequenceExampleFuzzTest {

    private static final Schema SCHEMA = Schema.ofSequences(
            List.of(Feature.int64("i").withDefault(3L), Feature.ragged("b", DType.BYTES)),
            List.of(
                    Feature.paddedFloat32("f", -1, 2),
                    Feature.paddedInt64("j", -1),
                    Feature.paddedBytes("c", new byte[] {5}),
                    Feature.float32("r")));

    private static final Schema FIXED =
            Schema.ofSequences(List.of(), List.of(Feature.float32("f", 2), Feature.bytes("c")));

    @FuzzTest(maxDuration = "5m")
    void parses(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        FuzzRecords.parses(input, SCHEMA::parse, 1024);
        FuzzRecords.parses(input, FIXED::parse, 1024);
        FuzzRecords.agrees(input, SCHEMA::parse, Examples::parseSequence);
    }
}
