package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import java.nio.ByteBuffer;

/** Computes the number of bytes that an element counts toward a bound in bytes. */
final class Weight {

    private Weight() {}

    /**
     * Returns the payload size of a record, the remaining bytes of a buffer, the length of a byte array, or 0 for any
     * other element, whose size is unknown. For a row that was already mapped, returns the size of the mapper's result.
     */
    static long of(Object row) {
        Object element = Rows.elementOf(row);
        if (element instanceof RawRecord record) {
            return record.size();
        }
        if (element instanceof ByteBuffer buffer) {
            return buffer.remaining();
        }
        return element instanceof byte[] bytes ? bytes.length : 0;
    }
}
