package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/** Defines the layout of rows in a stream, and of fields in the bytes of a row. Immutable. */
interface RowLayout {

    /** Returns the format whose records are rows. */
    FrameFormat<RawRecord> format();

    /**
     * Finds the fields in the bytes of a row.
     *
     * @param into receives the fields, and must be empty
     * @throws IllegalArgumentException if the bytes are not a row of this layout. The message states the reason
     */
    void find(RawRecord row, RowFields into);

    /** Describes a field of a row for messages. */
    String describe(int field, RawRecord row);

    /** Returns an operator that checks the resume point of a stream of bytes. By default it checks nothing. */
    default Function<Flux<ByteBuffer>, Flux<ByteBuffer>> checkStart() {
        return bytes -> bytes;
    }

    /**
     * Returns a text that identifies the layout. It is added to the version of objects, so that resume points of other
     * layouts are rejected. Empty if the decoder itself rejects them.
     */
    default String mark() {
        return "";
    }
}
