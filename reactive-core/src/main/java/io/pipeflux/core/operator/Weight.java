package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import java.nio.ByteBuffer;

/** What an element counts in a bound of bytes. */
final class Weight {

    private Weight() {}

    /**
     * The payload of a record, what remains of a buffer, the length of a byte array; 0 for anything else, whose size
     * nobody knows.
     */
    static long of(Object element) {
        if (element instanceof RawRecord record) {
            return record.size();
        }
        if (element instanceof ByteBuffer buffer) {
            return buffer.remaining();
        }
        return element instanceof byte[] bytes ? bytes.length : 0;
    }
}
