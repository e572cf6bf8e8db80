package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import java.util.ArrayList;
import java.util.List;

/** Lines of text; options 0 and 1 are the format's own. */
class TextLinesFuzzTest {

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        List<LineOption> options = new ArrayList<>();
        if (input.option(0)) {
            options.add(LineOption.KEEP_CARRIAGE_RETURN);
        }
        if (input.option(1)) {
            options.add(LineOption.SKIP_BLANK_LINES);
        }
        FuzzCheck.decodes(input, TextLines.format(options.toArray(new LineOption[0])), 2048, TextLinesFuzzTest::hash);
    }

    private static long hash(RawRecord record) {
        try {
            return FuzzRecords.hash(record) + TextLines.text(record).hashCode();
        } catch (CorruptRecordException e) { // not UTF-8
            return FuzzRecords.hash(record);
        }
    }
}
