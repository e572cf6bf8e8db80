package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Examples;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.util.List;

/** Records of SageMaker's algorithms (aialgs.data.Record), one in each piece. */
class TensorsFuzzTest {

    private static final Schema DENSE = Schema.ofTensors(
            List.of(Feature.float32("values", 2).withDefault(1.0, 2.0), Feature.ragged("d", DType.FLOAT64)),
            List.of(Feature.int32("values").withDefault(1L), Feature.ragged("b", DType.BYTES)));

    private static final Schema SPARSE =
            Schema.ofTensors(List.of(Feature.sparse("values", DType.FLOAT32, 9)), List.of());

    @FuzzTest(maxDuration = "5m")
    void parses(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        FuzzRecords.parses(input, DENSE::parse, 1024);
        FuzzRecords.parses(input, SPARSE::parse, 1024);
        FuzzRecords.agrees(input, DENSE::parse, Examples::parseTensors);
    }
}
