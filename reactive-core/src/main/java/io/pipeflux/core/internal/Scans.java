package io.pipeflux.core.internal;

import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;

/** What Reactor's tools see of a subscriber between two others: {@link Scannable#scanUnsafe}. */
public final class Scans {

    private Scans() {}

    /**
     * Returns the value of an attribute that every subscriber has which signals on its caller's thread, or null for any
     * other attribute.
     *
     * @param parent the subscription to upstream, null before there is one
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
