package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/** How rows are in a stream, and fields in the bytes of a row. Immutable. */
interface RowLayout {

    /** Returns the format whose records are rows. */
    FrameFormat<RawRecord> format();

    /**
     * Finds the fields in the bytes of a row.
     *
     * @param into takes the fields; has none before
     * @throws IllegalArgumentException if they are not the bytes of such a row; the message states why
     */
    void find(RawRecord row, RowFields into);

    /** Describes a field of a row in messages. */
    String describe(int field, RawRecord row);

    /** Returns a step that checks a stream of bytes which is read from a point inside it. */
    default Function<Flux<ByteBuffer>, Flux<ByteBuffer>> checkStart() {
        return bytes -> bytes;
    }

    /** Returns what identifies the layout in the version of objects, or an empty text if it checks itself. */
    default String mark() {
        return "";
    }
}
