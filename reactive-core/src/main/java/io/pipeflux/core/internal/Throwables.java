package io.pipeflux.core.internal;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Arrays;
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
 * The policy for Throwables. Every subscriber, publisher and writer of Pipeflux follows this policy.
 *
 * <ul>
 *   <li>A subscriber always gets {@code onError} or {@code onComplete}. It does not matter what throws: the
 *       subscriber's own {@code onSubscribe} or {@code onNext}, a mapper, a decoder, upstream's {@code request} or
 *       {@code cancel}, a scheduler or a hook. First, upstream is cancelled, kept elements go to {@code onDiscard}, and
 *       workers are released. Then {@code onError} is signalled.
 *   <li>This includes fatal errors: out of memory, a class that cannot be loaded, a stack overflow. Reactor's operators
 *       rethrow such an error ({@code Exceptions.throwIfFatal}) to a thread that cannot signal it to the subscriber.
 *       The pipeline would then wait forever, which is worse than an error.
 *   <li>A subscriber that throws from {@code onComplete} gets {@code onError}, because it may be an operator that has
 *       not passed the completion on yet. An operator that has already passed the completion on drops the error.
 *   <li>An error that occurs after the subscriber's terminal signal or cancel goes to {@code onErrorDropped}. So does a
 *       Throwable from a subscriber's {@code onError} or from {@code cancel}.
 *   <li>If a second worker of {@code mapAndBatch} fails as well, its error becomes a suppressed exception of the error
 *       that ends the stream. It is also logged as a warning if that error had already been signalled. If several
 *       sources of a mix have failed, the error that ends the stream gets the other errors as suppressed exceptions.
 *       Errors that occur after the signal are not added. Reactor's {@code flatMap} also combines errors until it
 *       signals, and drops later ones.
 *   <li>If a hook throws while signals or releases are still outstanding, the Throwable is logged.
 * </ul>
 */
public final class Throwables {

    private static final Logger log = Loggers.getLogger(Throwables.class);

    private static final int MOST_CAUSES = 20; // causes may form a circle

    /** Limits how many errors are added to an exception that is thrown again and again, such as a static one. */
    private static final int MOST_SUPPRESSED = 100;

    private Throwables() {}

    /** An action that may throw. */
    @FunctionalInterface
    public interface Action {
        /** Runs the action. */
        void run() throws Throwable;
    }

    /**
     * Returns the error to signal: the result of the {@code onOperatorError} hook. A fatal error is returned unchanged.
     */
    public static Throwable toSignal(Throwable t, Context context) {
        try {
            return Objects.requireNonNull(Operators.onOperatorError(t, context), "the hook's error");
        } catch (Throwable thrown) { // either t itself, if it is fatal, or a Throwable that the hook has thrown
            return with(t, thrown);
        }
    }

    /**
     * Returns the error to signal after a scheduler has thrown. If the scheduler has rejected a task, this is Reactor's
     * error for a rejection.
     */
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

    /** Passes an error to {@code onErrorDropped}, because no subscriber waits for it any longer. */
    public static void drop(Throwable t, Context context) {
        try {
            Operators.onErrorDropped(t, context);
        } catch (Throwable thrown) {
            log(with(t, thrown));
        }
    }

    /**
     * Adds {@code other} as a suppressed exception to {@code first}, the error that ends the same stream. Drops {@code
     * other} if {@code first} does not accept suppressed exceptions, or already has {@value #MOST_SUPPRESSED} of them.
     *
     * @return whether {@code other} was added
     */
    static boolean suppress(Throwable first, Throwable other, Context context) {
        if (isSame(first, other)) {
            return false; // there is only one error
        }
        try {
            Throwable[] known = first.getSuppressed();
            if (isIn(known, other)) {
                return false;
            }
            if (known.length < MOST_SUPPRESSED) {
                first.addSuppressed(other);
                if (isIn(first.getSuppressed(), other)) {
                    return true;
                }
            }
        } catch (Throwable noMemoryForThat) {
            // dropped
        }
        drop(other, context);
        return false;
    }

    /**
     * Logs an error that was added to {@code first} as a suppressed exception after {@code first} had been signalled.
     * The receiver of {@code first} may not notice an exception that is added so late.
     *
     * @param name the operator's name
     */
    static void logSuppressed(Throwable first, Throwable late, String name) {
        try {
            if (isInterrupted(late)) {
                log.debug("{}: a worker was interrupted, because the stream had failed", name, late);
            } else {
                log.warn(
                        "{}: a worker failed after the stream had failed. This error is a suppressed exception of the"
                                + " first one: {}; the first one: {}",
                        name,
                        KeyText.printable(late.toString()),
                        KeyText.printable(first.toString()));
            }
        } catch (Throwable noMemoryForThat) {
            // ignored, because the caller still has resources to release
        }
    }

    private static boolean isIn(Throwable[] suppressed, Throwable other) {
        return Arrays.stream(suppressed).anyMatch(each -> isSame(each, other));
    }

    @SuppressWarnings("ReferenceEquality") // the same error object, not an equal one
    private static boolean isSame(Throwable one, Throwable other) {
        return one == other;
    }

    /** Returns whether an error only shows that its thread was interrupted, as workers are when a stream ends. */
    private static boolean isInterrupted(Throwable t) {
        Throwable cause = t;
        for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
            if (cause instanceof InterruptedException
                    || cause instanceof InterruptedIOException
                    || cause instanceof ClosedByInterruptException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static void log(Throwable t) {
        try {
            log.error("a hook has thrown", t);
        } catch (Throwable noMemoryForThat) {
            // ignored, because the caller still has signals to emit or resources to release
        }
    }

    /** Runs an action whose failure must not stop the caller. Drops a Throwable that the action throws. */
    public static void attempt(Action action, Context context) {
        try {
            action.run();
        } catch (Throwable t) {
            drop(t, context);
        }
    }

    /** Cancels a subscription. Drops a Throwable that the cancel throws. */
    public static void cancel(Subscription subscription, Context context) {
        try {
            subscription.cancel();
        } catch (Throwable t) {
            drop(t, context);
        }
    }

    /**
     * Signals {@code onError}, or {@code onComplete} if the error is null. A Throwable from {@code onComplete} is
     * signalled by {@code onError}. A Throwable from {@code onError} is dropped.
     */
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

    /** Signals the end if the subscriber has not cancelled. Otherwise, drops the error, if there is one. */
    public static void end(CoreSubscriber<?> actual, boolean cancelled, @Nullable Throwable error, Context context) {
        if (!cancelled) {
            end(actual, error, context);
        } else if (error != null) {
            drop(error, context);
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
