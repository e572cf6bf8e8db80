package io.pipeflux.core.internal;

import java.util.Collection;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Ends the life of elements that no subscriber will receive: the user's hook gets each of them, then a {@link
 * Releasable} one is released.
 *
 * <pre>
 *   mapAndBatch --&gt; prefetch --&gt; ...                  what prefetch discards is released
 *   mapAndBatch --&gt; cache() --+-&gt; prefetch --&gt; ...    what prefetch discards is still in the cache, and for others
 *                              +-&gt; ...
 * </pre>
 */
public final class Discards {

    /** The operators and sinks of Reactor that emit an element to several subscribers, or again. */
    private static final Set<String> SHARING = Set.of(
            "FluxPublish",
            "FluxPublishMulticast",
            "FluxReplay",
            "MonoCacheTime",
            "MonoPublishMulticast",
            "NextProcessor",
            "SinkManyBestEffort",
            "SinkManyEmitterProcessor",
            "SinkManyReplayProcessor",
            "SinkOneMulticast");

    private static final Pattern OPERATOR = Pattern.compile("reactor\\.core\\.publisher\\.([A-Za-z]+).*");

    private Discards() {}

    /** Discards an element that the caller has made, so nobody else has it. */
    public static void discard(@Nullable Object element, Context context) {
        Operators.onDiscard(element, context);
        release(element, context);
    }

    /** Discards elements that the caller has made, so nobody else has them. */
    public static void discardAll(Collection<?> elements, Context context) {
        Operators.onDiscardMultiple(elements, context);
        Throwables.attempt(() -> elements.forEach(element -> release(element, context)), context);
    }

    /** Discards an element that came from upstream. It is not released if others may have it. */
    public static void discard(@Nullable Object element, @Nullable Subscription upstream, Context context) {
        Operators.onDiscard(element, context);
        releaseUnshared(element, upstream, context);
    }

    /** Drops an element that came from upstream after its end. Throws what the user's hook throws. */
    public static void drop(Object element, @Nullable Subscription upstream, Context context) {
        try {
            Operators.onNextDropped(element, context);
        } finally {
            releaseUnshared(element, upstream, context);
        }
    }

    /**
     * Returns whether the elements of a subscription may have other receivers: its source, or an operator on the way, is
     * one of Reactor's that share. Operators that merge several sources do not name them, so what these share is not
     * seen.
     */
    public static boolean isShared(@Nullable Subscription upstream) {
        Scannable scannable = Scannable.from(upstream);
        return Stream.concat(Stream.of(scannable), scannable.parents()).anyMatch(Discards::shares);
    }

    private static boolean shares(Scannable operator) {
        Matcher name = OPERATOR.matcher(operator.getClass().getName());
        return name.matches() && SHARING.contains(name.group(1));
    }

    private static void releaseUnshared(@Nullable Object element, @Nullable Subscription upstream, Context context) {
        if (element instanceof Releasable && !isShared(upstream)) {
            release(element, context);
        }
    }

    private static void release(@Nullable Object element, Context context) {
        if (element instanceof Releasable releasable) {
            Throwables.attempt(releasable::release, context);
        }
    }
}
