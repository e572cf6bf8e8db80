package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.json.JsonField;
import io.pipeflux.records.json.JsonReference;
import io.pipeflux.records.json.JsonSchema;
import java.util.List;

/** Records of JSON, one in each piece: columns are what a plain reading of Jackson's tree finds, or both refuse. */
class JsonFuzzTest {

    private static final List<JsonField> FIELDS = List.of(
            JsonField.int32("i", "$.a").withDefault(1L),
            JsonField.of("u", "$.b", DType.UINT8).withDefault(2L),
            JsonField.float32("f", "$.a").withDefault(3.0),
            JsonField.float64("d", "$.c[*].d").withDefault(4.0),
            JsonField.bool("t", "$.e[1]").withDefault(true),
            JsonField.utf8("s", "$.f", 2).withDefault("five"),
            JsonField.int64("l", "$.g.h[*]").withDefault(6L),
            JsonField.bytes("b", "$.g['i.j']").withDefault("seven"));

    private static final JsonSchema SCHEMA = JsonSchema.of(FIELDS.toArray(JsonField[]::new));

    @FuzzTest(maxDuration = "5m")
    void parses(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        FuzzRecords.parses(input, SCHEMA::parse, 1024);
        for (RawRecord record : FuzzRecords.records(input)) {
            String expected = JsonReference.expected(FIELDS, List.of(record));
            String found = JsonReference.found(SCHEMA, List.of(record));
            if (!found.equals(expected)) {
                throw new AssertionError("expected " + expected + ", but got " + found);
            }
        }
    }
}
