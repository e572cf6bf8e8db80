package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.json.JsonField;
import io.pipeflux.records.json.JsonSchema;

/** Records of JSON, one in each piece. */
class JsonFuzzTest {

    private static final JsonSchema SCHEMA = JsonSchema.of(
            JsonField.int32("i", "$.a").withDefault(1L),
            JsonField.of("u", "$.b", DType.UINT8).withDefault(2L),
            JsonField.float32("f", "$.a").withDefault(3.0),
            JsonField.float64("d", "$.c[*].d").withDefault(4.0),
            JsonField.bool("t", "$.e[1]").withDefault(true),
            JsonField.utf8("s", "$.f", 2).withDefault("five"));

    @FuzzTest(maxDuration = "5m")
    void parses(byte[] bytes) {
        FuzzRecords.parses(FuzzInput.of(bytes), SCHEMA::parse, 1024);
    }
}
