package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.rows.RowFormats;

/** Rows of a WebDataset; with option 0 groups of two RecordIO records. */
class RowsFuzzTest {

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        FuzzCheck.decodes(input, input.option(0) ? RowFormats.groups() : RowFormats.tar(), 4096, FuzzRecords::hash);
    }
}
