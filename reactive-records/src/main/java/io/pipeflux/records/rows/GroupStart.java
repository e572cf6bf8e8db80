package io.pipeflux.records.rows;

import io.pipeflux.core.Pass;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Checks that the resume point of a stream is between two rows. To do so, it counts the records before the resume
 * point. These records are available, because a stream that does not consist of objects is always read from its
 * beginning. A resume point that was taken from single records, or from rows with a different number of records, can be
 * inside a row. Without this check, the rest of this row and the first records of the next row would be decoded as one
 * row.
 */
final class GroupStart {

    private final ResumePoint point;
    private final int count;
    private final PartWalk walk = new PartWalk();
    private final byte[] header = new byte[PartWalk.HEADER_BYTES];
    private int inHeader; // the number of bytes of the header that have arrived
    private long toSkip; // the number of bytes of the current part that have not arrived
    private long offset;
    private long records;

    private GroupStart(ResumePoint point, int count) {
        this.point = point;
        this.count = count;
    }

    static Flux<ByteBuffer> check(Flux<ByteBuffer> bytes, int count) {
        return Guarded.deferContextual(context -> {
            ResumePoint point = Pass.current(context).start();
            if (point == null
                    || point.position().byteOffset() == 0
                    || point.position().hasObject()) {
                return bytes;
            }
            GroupStart start = new GroupStart(point, count);
            return Guarded.map(bytes, start::pass);
        });
    }

    private ByteBuffer pass(ByteBuffer chunk) {
        long to = point.position().byteOffset();
        int at = chunk.position();
        while (offset < to && at < chunk.limit()) {
            if (toSkip > 0) {
                int skipped = (int) Math.min(Math.min(toSkip, chunk.limit() - at), to - offset);
                at += skipped;
                toSkip -= skipped;
                offset += skipped;
            } else {
                header[inHeader++] = chunk.get(at++);
                offset++;
                if (inHeader == header.length) {
                    part();
                }
            }
            if (offset == to) {
                require(inHeader == 0 && toSkip == 0 ? null : "a place inside a record");
            }
        }
        return chunk;
    }

    private void part() {
        String fault = walk.next(header, 0);
        if (fault != null) {
            throw mismatch("at byte " + (offset - header.length) + " " + fault);
        }
        toSkip = walk.frameBytes() - header.length;
        records += walk.records();
        walk.endRecords();
        inHeader = 0;
    }

    private void require(@Nullable String fault) {
        long expected = point.position().recordOrdinal();
        if (fault != null || walk.isInParts() || records % count != 0 || records / count != expected) {
            throw mismatch("expected " + expected + " rows of " + count + " records before it, but got "
                    + (fault == null ? records + " records" : fault));
        }
    }

    private ResumeMismatchException mismatch(String what) {
        return CoreAccess.exception(
                ResumeMismatchException.class,
                ErrorKind.INSIDE_ROW,
                "the resume point is not between two rows: " + what
                        + ": start with a point that was taken from such rows",
                null,
                point.position(),
                null);
    }
}
