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
 * Ends the life of elements that no subscriber will receive: the user's hook gets each of them, then a {@link
 * Releasable} one is released if it was made for this subscription alone.
 *
 * <pre>
 *   mapAndBatch --&gt; prefetch --&gt; ...                  what prefetch discards is released, if a schema made it
 *   mapAndBatch --&gt; cache() --&gt; prefetch --&gt; ...      what prefetch discards is still in the cache
 *   a list      --&gt; prefetch --&gt; ...                  the list still has it, and so may a mapper of a user's
 * </pre>
 *
 * <p>Elements that are not released are left to the garbage collector. So any operator that is not known to keep no
 * elements is treated as one that may have kept them.
 */
public final class Discards {

    /** A subscription that makes the elements it emits. */
    public interface Maker {

        /** Returns whether only its subscriber can have an element, because no user's code makes them. */
        boolean makesForSubscriber();
    }

    /**
     * A subscription of ours that passes the elements of one source on to one subscriber, and shows them to no code.
     */
    public interface PassesElements {}

    /** The operators of Reactor that pass the elements of one source on to one subscriber, and show them to no code. */
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

    private static final int MOST_STEPS = 100; // a foreign operator could name itself as its parent

    private Discards() {}

    /** Discards an element that the caller has made, so that no other code has it. */
    public static void discard(@Nullable Object element, Context context) {
        Operators.onDiscard(element, context);
        release(element, context);
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

    /** Returns whether only the subscriber can have the elements of a subscription. */
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
