package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;

/** Implements {@link Scannable#scanUnsafe} for a subscriber that has an upstream and a downstream. */
public final class Scans {

    private Scans() {}

    /**
     * Returns the value of an attribute that all synchronous subscribers have, or null for any other attribute. A
     * synchronous subscriber emits signals on the thread that calls it.
     *
     * @param parent the subscription to upstream, or null if it does not exist yet
     * @param actual the subscriber downstream
     * @param terminated whether the subscriber has received or sent its terminal signal
     */
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
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
