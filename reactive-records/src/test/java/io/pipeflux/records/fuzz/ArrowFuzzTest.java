package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.arrow.ArrowNulls;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import java.util.Objects;

/**
 * Arrow streams: refusing nulls, or filling and marking them. What a batch becomes is bounded more narrowly than by
 * default, since views and dictionaries may repeat bytes up to that bound.
 */
class ArrowFuzzTest {

    private static final int WITH_NULLS = 0;
    private static final int MOST_BYTES = 8 << 10;

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        FrameFormat<ColumnBatch> format = input.option(WITH_NULLS)
                ? ArrowStreams.format(ArrowNulls.filled().withMasks())
                : ArrowStreams.format();
        FuzzCheck.decodes(input, format.maxRecordBytes(MOST_BYTES), 1024, ArrowFuzzTest::hash);
    }

    /** Of all that is in a batch. */
    private static long hash(ColumnBatch batch) {
        long hash = Objects.hash(batch, batch.resumeAt(), batch.metadata());
        for (String name : batch.names()) {
            Column column = batch.column(name);
            hash = 31 * hash + column.values().hashCode();
            for (int level = 0; column.isRagged() && level < column.shape().length - 1; level++) {
                hash = 31 * hash + column.rowSplits(level).hashCode();
            }
            if (column.dtype().hasOffsets()) {
                hash = 31 * hash + column.offsets().hashCode();
            }
        }
        return hash;
    }
}
