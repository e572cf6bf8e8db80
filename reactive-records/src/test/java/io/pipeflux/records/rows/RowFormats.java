package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.util.List;

/** The formats of rows, for the targets of fuzzing. */
public final class RowFormats {

    private RowFormats() {}

    public static FrameFormat<RawRecord> groups() {
        return new GroupLayout(List.of(Field.bytes("first"), Field.bytes("second"))).format();
    }

    public static FrameFormat<RawRecord> tar() {
        return new TarLayout(List.of(Field.bytes("jpg"))).format();
    }
}
