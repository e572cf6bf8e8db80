package io.pipeflux.records.rows;

import static io.pipeflux.records.rows.TestGroups.join;
import static io.pipeflux.records.rows.TestGroups.part;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.FrameFormatContract;
import java.util.List;

/** Rows of two records: of one part, of one empty one, of three parts with padding, and a longer one. */
class RowGroupsContractTest implements FrameFormatContract {

    @Override
    public FrameFormat<RawRecord> format() {
        return new GroupLayout(List.of(Field.bytes("image"), Field.bytes("class"))).format();
    }

    @Override
    public List<Sample> samples() {
        return List.of(
                sample(part(0, "abc"), part(0, "1")),
                sample(part(0, ""), part(0, "")),
                sample(part(1, "A"), part(2, "BBBB"), part(3, "CC"), part(1, "D"), part(3, "")),
                sample(part(0, "0123456789".repeat(10)), part(1, "xyz"), part(3, "12345")));
    }

    private static Sample sample(byte[]... parts) {
        return Sample.of(join(parts), join(parts));
    }
}
