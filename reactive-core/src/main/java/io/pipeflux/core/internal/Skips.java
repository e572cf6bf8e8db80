package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts the bad elements that one subscription skips, and enforces the limits of the skip policy. Only one thread at a
 * time may use an instance.
 */
public interface Skips {

    /** Counts elements that are not bad. Must be called before {@link #skip} is called for a later element. */
    void good(long count);

    /**
     * Counts a bad element, and passes it to the user's receiver if it is skipped. If the receiver throws, the
     * Throwable ends the stream.
     *
     * @param element the element, or null if there is none, for example because a corrupt record could not be decoded
     * @param bytes supplies a copy of the element's bytes; called only if the element is skipped
     * @return false if the element must not be skipped. The caller then ends the stream with {@code reason}
     */
    boolean skip(Exception reason, @Nullable Object element, Supplier<ByteBuffer> bytes);
}
