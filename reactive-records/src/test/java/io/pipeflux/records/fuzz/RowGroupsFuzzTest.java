package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.rows.Field;
import io.pipeflux.records.rows.RowFormats;
import io.pipeflux.records.rows.RowGroups;
import io.pipeflux.records.rows.RowSchema;

/** Rows of two RecordIO records each, and their columns; with option 0 an integer beside bytes, else JSON. */
class RowGroupsFuzzTest {

    private static final RowSchema INTEGERS = RowGroups.of(Field.bytes("image"), Field.int64("class"));
    private static final RowSchema JSON = RowGroups.of(Field.utf8("text"), Field.json("json"));

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        RowSchema rows = input.option(0) ? INTEGERS : JSON;
        FuzzCheck.decodes(input, RowFormats.groups(), 4096, row -> FuzzRecords.hash(row, rows));
    }
}
