package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;

/** Implements {@link Scannable#scanUnsafe} for a subscriber between two others. */
public final class Scans {

    private Scans() {}

    /**
     * Returns the value of an attribute that all subscribers have which signal on the thread that calls them, or null
     * for other attributes.
     *
     * @param parent the subscription to upstream, or null before it exists
     * @param actual the subscriber downstream
     * @param terminated whether it has received, or has sent, its end
     */
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // as Reactor declares and compares them
    public static @Nullable Object synchronous(
            Scannable.Attr key, @Nullable Object parent, Object actual, boolean terminated) {
        if (key == Scannable.Attr.PARENT) {
            return parent;
        }
        if (key == Scannable.Attr.ACTUAL) {
            return actual;
        }
        if (key == Scannable.Attr.TERMINATED) {
            return terminated;
        }
        return key == Scannable.Attr.RUN_STYLE ? Scannable.Attr.RunStyle.SYNC : null;
    }
}
