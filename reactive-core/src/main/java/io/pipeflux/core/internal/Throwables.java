package io.pipeflux.core.internal;

import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;
import reactor.util.context.Context;

/**
 * What becomes of a Throwable: one policy for every subscriber, publisher and writer of this library.
 *
 * <ul>
 *   <li>A subscriber gets its end, whoever throws what: its own {@code onSubscribe} or {@code onNext}, a mapper, a decoder,
 *       upstream's {@code request} or {@code cancel}, a scheduler, a hook. Upstream is cancelled, what was kept goes to
 *       {@code onDiscard}, workers are given back; then comes {@code onError}.
 *   <li>Fatal errors too: out of memory, a class that cannot be loaded, a stack that overflows. Reactor's own operators
 *       rethrow those ({@code Exceptions.throwIfFatal}), and the thread that they are thrown at cannot signal them to the
 *       subscriber; a pipeline that waits for ever is worse than an error.
 *   <li>A subscriber that throws from {@code onComplete} gets {@code onError}: an operator may have thrown before it passed the
 *       end on, and one that has passed it on drops the error.
 *   <li>What comes when the subscriber has its end, or has cancelled, goes to {@code onErrorDropped}. So does what is thrown by
 *       a subscriber's {@code onError} and by {@code cancel}.
 *   <li>What a hook throws where others still wait for a signal or a release is logged.
 * </ul>
 */
public final class Throwables {

    private static final Logger log = Loggers.getLogger(Throwables.class);

    private Throwables() {}

    /** Something to do that may throw. */
    @FunctionalInterface
    public interface Action {
        /** Does it. */
        void run() throws Throwable;
    }

    /** What {@code onError} is given: what the {@code onOperatorError} hook makes of it, or a fatal error as it is. */
    public static Throwable toSignal(Throwable t, Context context) {
        try {
            return Objects.requireNonNull(Operators.onOperatorError(t, context), "the hook's error");
        } catch (Throwable thrown) { // t itself if it is fatal, or the hook's
            return with(t, thrown);
        }
    }

    /** What {@code onError} is given when a scheduler has taken no work. */
    public static Throwable ofScheduler(Throwable t, Context context) {
        if (!(t instanceof RejectedExecutionException)) {
            return toSignal(t, context);
        }
        try {
            return Operators.onRejectedExecution(t, context);
        } catch (Throwable thrown) {
            return with(t, thrown);
        }
    }

    private static Throwable with(Throwable t, Throwable thrown) {
        try {
            return Exceptions.addSuppressed(t, thrown);
        } catch (Throwable noMemoryForThat) {
            return t;
        }
    }

    /** An error that no subscriber waits for any more. */
    public static void drop(Throwable t, Context context) {
        try {
            Operators.onErrorDropped(t, context);
        } catch (Throwable thrown) {
            log(with(t, thrown));
        }
    }

    private static void log(Throwable t) {
        try {
            log.error("a hook has thrown", t);
        } catch (Throwable noMemoryForThat) { // the caller has others to tell, or to release
        }
    }

    /** Does what must be done though the rest may not come to an end: what it throws is dropped. */
    public static void attempt(Action action, Context context) {
        try {
            action.run();
        } catch (Throwable t) {
            drop(t, context);
        }
    }

    /** Cancels; what that throws is dropped. */
    public static void cancel(Subscription subscription, Context context) {
        try {
            subscription.cancel();
        } catch (Throwable t) {
            drop(t, context);
        }
    }

    /** The end: {@code onComplete} if there is no error; what the subscriber throws is dropped. */
    public static void end(CoreSubscriber<?> actual, @Nullable Throwable error, Context context) {
        Throwable last = error;
        if (last == null) {
            try {
                actual.onComplete();
                return;
            } catch (Throwable t) {
                last = toSignal(t, context);
            }
        }
        try {
            actual.onError(last);
        } catch (Throwable t) {
            drop(with(t, last), context);
        }
    }

    /** An end for a subscriber that has no subscription yet. */
    public static void refuse(CoreSubscriber<?> actual, Throwable error) {
        Context context = actual.currentContext();
        try {
            actual.onSubscribe(Operators.emptySubscription());
        } catch (Throwable t) {
            drop(t, context);
        }
        end(actual, error, context);
    }
}
