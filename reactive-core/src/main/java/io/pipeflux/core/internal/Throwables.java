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
 * The policy on Throwables of every subscriber, publisher and writer of this library.
 *
 * <ul>
 *   <li>A subscriber gets its end, whatever throws: its own {@code onSubscribe} or {@code onNext}, a mapper, a decoder,
 *       upstream's {@code request} or {@code cancel}, a scheduler, a hook. Upstream is cancelled, elements that were
 *       kept go to {@code onDiscard}, workers are released; then {@code onError} is signalled.
 *   <li>This includes fatal errors: out of memory, a class that cannot be loaded, a stack overflow. Reactor's operators
 *       rethrow them ({@code Exceptions.throwIfFatal}) to a thread that cannot signal them to the subscriber. A
 *       pipeline that waits for ever is worse than an error.
 *   <li>A subscriber that throws from {@code onComplete} gets {@code onError}: an operator may have thrown before it
 *       passed the end on, and an operator that has passed it on drops the error.
 *   <li>An error after the subscriber's end, or after its cancel, goes to {@code onErrorDropped}. So does a Throwable
 *       from a subscriber's {@code onError} or from {@code cancel}.
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

    /** Returns the error to signal: the result of the {@code onOperatorError} hook, or a fatal error unchanged. */
    public static Throwable toSignal(Throwable t, Context context) {
        try {
            return Objects.requireNonNull(Operators.onOperatorError(t, context), "the hook's error");
        } catch (Throwable thrown) { // t itself if it is fatal, or the hook's
            return with(t, thrown);
        }
    }

    /** Returns the error to signal when a scheduler has refused work. */
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

    /** Drops an error that no subscriber waits for any more. */
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
        } catch (Throwable noMemoryForThat) { // the caller still has to signal others, or to release something
        }
    }

    /** Runs an action that must not keep the caller from going on: a Throwable from it is dropped. */
    public static void attempt(Action action, Context context) {
        try {
            action.run();
        } catch (Throwable t) {
            drop(t, context);
        }
    }

    /** Cancels. A Throwable from it is dropped. */
    public static void cancel(Subscription subscription, Context context) {
        try {
            subscription.cancel();
        } catch (Throwable t) {
            drop(t, context);
        }
    }

    /** Signals the end, {@code onComplete} if there is no error. A Throwable from the subscriber is dropped. */
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

    /** Signals an error to a subscriber that has no subscription yet. */
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
