package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvHeader;
import io.pipeflux.records.csv.CsvRecords;
import io.pipeflux.records.csv.CsvSchema;

/** Records of comma-separated values, cut out of a stream; options 0 to 2 are the format's own. */
class CsvRecordsFuzzTest {

    private static final CsvSchema SCHEMA = CsvSchema.of(CsvField.bytes("a"), CsvField.bytes("b"));

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        CsvSchema schema = SCHEMA.quotes(!input.option(0));
        CsvHeader header = input.option(1) ? CsvHeader.NAMES : input.option(2) ? CsvHeader.SKIP : CsvHeader.NONE;
        FuzzCheck.decodes(input, CsvRecords.format(schema, header), 2048, FuzzRecords::hash);
    }
}
