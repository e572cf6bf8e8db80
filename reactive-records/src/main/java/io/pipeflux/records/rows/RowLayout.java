package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/** Defines the layout of rows in a stream, and the layout of fields in a row. Implementations are immutable. */
interface RowLayout {

    /** Returns the format that decodes each row as one record. */
    FrameFormat<RawRecord> format();

    /**
     * Finds the fields in the bytes of a row.
     *
     * @param into receives the fields; must be empty before the call
     * @throws IllegalArgumentException if the bytes are not a row of this layout; the message states the reason
     */
    void find(RawRecord row, RowFields into);

    /** Describes a field of a row for error messages. */
    String describe(int field, RawRecord row);

    /** Returns an operator that checks the resume point of a byte stream. By default, the operator checks nothing. */
    default Function<Flux<ByteBuffer>, Flux<ByteBuffer>> checkStart() {
        return bytes -> bytes;
    }

    /**
     * Returns a string that identifies the layout. It is appended to the versions of the objects, so that resume points
     * of other layouts are rejected. By default, the string is empty. This is sufficient if the layout's decoder itself
     * rejects such resume points.
     */
    default String mark() {
        return "";
    }
}
