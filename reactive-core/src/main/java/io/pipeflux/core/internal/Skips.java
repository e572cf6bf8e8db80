package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts the bad elements of one subscription that are skipped, within limits. For one thread at a time. */
public interface Skips {

    /** Called for elements that are not bad, before the next bad one. */
    void good(long count);

    /**
     * Called for an element that is bad. What the user's receiver throws ends the stream.
     *
     * @param element the element, or null if there is none, as for the bytes of a corrupt one
     * @param bytes returns a copy of the element's bytes. Called if it is skipped
     * @return false if it must not be skipped: the reason ends the stream
     */
    boolean skip(Exception reason, @Nullable Object element, Supplier<ByteBuffer> bytes);
}
