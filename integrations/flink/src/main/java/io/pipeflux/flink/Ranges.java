package io.pipeflux.flink;

import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import java.io.Serializable;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How large objects are divided. Sent to the job manager.
 *
 * @param bytes the least size of a range. An object that is not larger is one split
 * @param marked creates what finds borders in the bytes, or null if there are indexes
 * @param indexed makes borders of an object's index, or null if borders are found in the bytes
 */
record Ranges(
        long bytes,
        @Nullable SerializableSupplier<RecordBorders> marked,
        @Nullable SerializableFunction<RecordIndex, RecordBorders> indexed)
        implements Serializable {

    private static final long serialVersionUID = 1;

    Ranges {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected ranges of at least 1 byte, but got " + bytes);
        }
    }
}
