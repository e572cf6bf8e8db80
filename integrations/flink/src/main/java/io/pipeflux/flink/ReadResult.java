package io.pipeflux.flink;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PipefluxSource#results} source emits: an element with the failures that were found while it was read.
 * They are one value, so that a checkpoint has both or neither.
 *
 * @param element the element, or null after the last one of a split
 * @param failures the corrupt records before the element's end, mostly none, in the order of the object
 */
public record ReadResult<T>(@Nullable T element, List<ObjectFailure> failures) {

    /** Copies the list. */
    public ReadResult {
        failures = List.copyOf(failures);
    }
}
