package io.pipeflux.core.internal;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Discards elements that no subscriber will receive. Each element is passed to the user's discard hook. Then, a
 * {@link Releasable} element is released if it was made for this subscription alone.
 *
 * <pre>{@code
 *   mapAndBatch --> prefetch                prefetch releases the batches that it discards, if a schema created them
 *   mapAndBatch --> cache() --> prefetch    prefetch does not release a batch, because it is still in the cache
 *   a list      --> prefetch                prefetch does not release an element, because it is still in the list
 * }</pre>
 *
 * <p>Elements that are not released are left to the garbage collector, so it is always safe not to release an element.
 * Therefore, an unknown operator is treated as if it may have kept its elements.
 */
public final class Discards {

    /** A subscription that creates the elements that it emits. */
    public interface Maker {

        /**
         * Returns whether no code other than the subscriber can hold a reference to an emitted element. This is the
         * case if no user code creates the elements.
         */
        boolean makesForSubscriber();
    }

    /**
     * A subscription of Pipeflux that passes the elements of one source on to one subscriber, and shows them to no
     * other code.
     */
    public interface PassesElements {}

    /**
     * The operators of Reactor that pass the elements of one source on to one subscriber, and show them to no other
     * code.
     */
    private static final Set<String> PASSING = Set.of(
            "FluxContextWrite",
            "FluxContextWriteRestoringThreadLocals",
            "FluxHide",
            "FluxLimitRequest",
            "FluxName",
            "FluxOnAssembly",
            "FluxPublishOn",
            "FluxSubscribeOn",
            "FluxTake");

    private static final Pattern OPERATOR = Pattern.compile("reactor\\.core\\.publisher\\.([A-Za-z]+).*");

    // limits the search, which would otherwise never end if an unknown operator names itself as its own parent
    private static final int MOST_STEPS = 100;

    private Discards() {}

    /** Discards an element that the caller has created and shown to no other code. */
    public static void discard(@Nullable Object element, Context context) {
        Operators.onDiscard(element, context);
        release(element, context);
    }

    /**
     * Discards an element that came from upstream. Releases the element only if no other code can hold a reference to
     * it.
     */
    public static void discard(@Nullable Object element, @Nullable Subscription upstream, Context context) {
        Operators.onDiscard(element, context);
        releaseUnshared(element, upstream, context);
    }

    /** Drops an element that arrived after upstream had ended. Rethrows what the user's hook throws. */
    public static void drop(Object element, @Nullable Subscription upstream, Context context) {
        try {
            Operators.onNextDropped(element, context);
        } finally {
            releaseUnshared(element, upstream, context);
        }
    }

    /** Returns whether no code other than the subscriber can hold references to the elements of a subscription. */
    public static boolean isMadeForIt(@Nullable Subscription upstream) {
        Object at = upstream;
        for (int i = 0; i < MOST_STEPS && at instanceof Scannable step; i++) {
            if (step instanceof Maker maker) {
                return maker.makesForSubscriber();
            }
            if (!passes(step)) {
                return false;
            }
            at = step.scanUnsafe(Scannable.Attr.PARENT);
        }
        return false;
    }

    private static boolean passes(Scannable operator) {
        if (operator instanceof PassesElements) {
            return true;
        }
        Matcher name = OPERATOR.matcher(operator.getClass().getName());
        return name.matches() && PASSING.contains(name.group(1));
    }

    private static void releaseUnshared(@Nullable Object element, @Nullable Subscription upstream, Context context) {
        if (element instanceof Releasable && isMadeForIt(upstream)) {
            release(element, context);
        }
    }

    private static void release(@Nullable Object element, Context context) {
        if (element instanceof Releasable releasable) {
            Throwables.attempt(releasable::release, context);
        }
    }
}
