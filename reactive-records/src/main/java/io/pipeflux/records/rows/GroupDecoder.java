package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.internal.LeavesChunks;
import org.jspecify.annotations.Nullable;

/**
 * Decodes rows from a byte stream. Each row consists of {@code count} RecordIO records. A row that is contained in one
 * chunk is not copied. A row that spans several chunks is copied into one new array after the whole row has arrived.
 */
final class GroupDecoder implements FrameDecoder<RawRecord>, LeavesChunks {

    private final int count;
    private final PartWalk walk = new PartWalk();

    // The following fields describe a row that is being read in pieces. They are valid only while begun is true.
    private boolean begun;
    private long rowBytes; // the length of the row up to the end of the current part
    private long missing; // the number of bytes of the current part that have not arrived

    GroupDecoder(int count) {
        this.count = count;
    }

    @Override
    public @Nullable RawRecord decode(FrameBuffer in) {
        if (!begun) {
            int length = contiguous(in);
            if (length >= 0) {
                return in.record(length, 0, length);
            }
            if (!in.ensure(PartWalk.HEADER_BYTES)) {
                return null;
            }
            walk.clear();
            rowBytes = 0;
            part(in);
            in.begin();
            begun = true;
        }
        return pieces(in);
    }

    /** Returns the length of the next row if the first chunk contains the whole row, otherwise -1. */
    private int contiguous(FrameBuffer in) {
        walk.clear();
        rowBytes = 0;
        int there = in.contiguous();
        while (walk.records() < count) {
            if (there - rowBytes < PartWalk.HEADER_BYTES) {
                return -1;
            }
            header(in, (int) rowBytes);
            if (rowBytes > there) {
                return -1;
            }
        }
        return (int) rowBytes;
    }

    private @Nullable RawRecord pieces(FrameBuffer in) {
        while (true) {
            missing = in.join(missing);
            if (missing > 0) {
                return null;
            }
            if (walk.records() == count) {
                begun = false;
                return in.joined();
            }
            if (!in.ensure(PartWalk.HEADER_BYTES)) {
                return null;
            }
            part(in);
        }
    }

    private void part(FrameBuffer in) {
        header(in, 0);
        missing = walk.frameBytes();
    }

    /**
     * Reads and checks a part's header.
     *
     * @param ahead the number of bytes between the first unread byte and the header
     */
    private void header(FrameBuffer in, int ahead) {
        int record = walk.records() + 1;
        String fault = walk.next(in.array(), in.position() + ahead);
        if (fault != null) {
            throw in.corrupt("corrupted record " + record + " of the " + count + " of a row: at byte "
                    + (in.offset() + ahead) + " " + fault);
        }
        rowBytes += walk.frameBytes();
        in.checkLength(rowBytes);
    }

    @Override
    public @Nullable RawRecord decodeEnd(FrameBuffer in) {
        RawRecord row = decode(in);
        if (row == null && begun) {
            throw in.truncated("truncated row: the input ended in a row of " + count + " records, of which "
                    + (missing > 0 && walk.records() > 0 ? walk.records() - 1 : walk.records()) + " are whole");
        }
        return row;
    }
}
