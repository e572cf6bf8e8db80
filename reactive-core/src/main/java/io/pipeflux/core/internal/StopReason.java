package io.pipeflux.core.internal;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * The reason why the writes of several pipes are being cancelled. The reports of the pipes state this reason. An
 * instance is in the Context of the writes, under the key {@code StopReason.class}. Instances are thread-safe.
 */
public final class StopReason {

    private final AtomicReference<@Nullable String> text = new AtomicReference<>();

    /** Returns the reason in a Context, or null if the Context has none. */
    public static @Nullable StopReason in(ContextView context) {
        return context.<StopReason>getOrEmpty(StopReason.class).orElse(null);
    }

    /** Sets the reason. Only the first call has an effect, because the first failure cancels all writes. */
    public void set(String reason) {
        text.compareAndSet(null, reason);
    }

    /** Returns the reason, or null if none was set. */
    public @Nullable String text() {
        return text.get();
    }
}
