package io.pipeflux.flink;

import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import java.io.Serializable;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Describes how large objects are divided. It is sent to the job manager.
 *
 * @param bytes the minimum size of a range. An object of at most this size is one split
 * @param marked creates an instance that finds borders in an object's bytes; null if indexes are used
 * @param indexed converts an object's index to borders; null if borders are found in the bytes
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
