package io.pipeflux.flink;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value that a {@link PipefluxSource#results} source emits: an element with the failures that were found while the
 * element was read. Element and failures are one value, so that a checkpoint contains either both or neither.
 *
 * @param element the element, or null if the failures follow the last element of a split
 * @param failures the corrupt records before the element's end, in their order in the object; empty for most elements
 */
public record ReadResult<T>(@Nullable T element, List<ObjectFailure> failures) {

    /** Copies the list of failures. */
    public ReadResult {
        failures = List.copyOf(failures);
    }
}
