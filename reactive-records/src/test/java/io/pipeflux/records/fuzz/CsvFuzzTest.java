package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;

/** Records of comma-separated values, one in each piece; options 0 to 2 are the schema's. */
class CsvFuzzTest {

    private static final CsvSchema SCHEMA = CsvSchema.of(
                    CsvField.int32("i").withDefault(1L),
                    CsvField.int64("l").withDefault(2L),
                    CsvField.float32("f").withDefault(3.0),
                    CsvField.float64("d").withDefault(4.0),
                    CsvField.bytes("b").withDefault("five"))
            .naValue("NA");

    @FuzzTest(maxDuration = "5m")
    void parses(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        CsvSchema schema = SCHEMA.quotes(!input.option(0)).delimiter(input.option(1) ? '\t' : ',');
        CsvSchema chosen = input.option(2) ? schema.select(0, 2, 3, 5, 8) : schema;
        FuzzRecords.parses(input, chosen::parse, 1024);
    }
}
