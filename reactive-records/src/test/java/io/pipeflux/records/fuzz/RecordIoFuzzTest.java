package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;

/** RecordIO; with option 0 in MXNet's dialect. */
class RecordIoFuzzTest {

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        Dialect dialect = input.option(0) ? Dialect.DMLC : Dialect.CONCAT;
        FuzzCheck.decodes(input, RecordIo.format(dialect), 512, FuzzRecords::hash);
    }
}
