package io.pipeflux.core.operator;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.Exceptions;

/** The result of mapping a row. It takes the place of the row in queues and arrays. */
sealed interface Outcome {

    /** Returns the element to discard if the outcome does not become part of a batch. */
    Object element();

    /** Returns why the row cannot be part of a batch. Throws an exception if the row was mapped. */
    default Throwable reason() {
        throw new IllegalStateException("expected a row that has failed, but got " + this);
    }

    /**
     * Returns whether the row ends the stream.
     *
     * @param skips whether rows that fail may be skipped
     */
    default boolean isLast(boolean skips) {
        return this instanceof Broken || (this instanceof Failed && !skips);
    }

    /** The row was mapped to an element. */
    record Mapped(Object element) implements Outcome {}

    /** The mapper has thrown an exception for the row, so a policy may skip the row. */
    record Failed(Object element, Exception reason) implements Outcome {}

    /**
     * The mapper has broken its contract or has failed with an {@code Error}, or an executor has rejected its task. No
     * policy may skip the row.
     */
    record Broken(Object element, Throwable reason) implements Outcome {}

    /**
     * Returns the outcome of a row for which the mapper has thrown. If Reactor has wrapped the exception, the wrapper
     * is removed. No policy may skip a row whose task an executor has rejected: the row was not mapped at all, so it is
     * not known whether it is bad.
     */
    static Outcome failed(Object row, Throwable thrown) {
        Throwable reason = Exceptions.unwrap(thrown);
        return reason instanceof Exception exception && !Exceptions.isFatal(reason) && !isRejection(reason)
                ? new Failed(row, exception)
                : new Broken(row, reason);
    }

    /**
     * Returns whether an exception was caused by the rejection of a task. Futures wrap the exception of the rejection,
     * and so do coroutines: a coroutine that its dispatcher rejects is cancelled, with the rejection as the cause.
     */
    private static boolean isRejection(Throwable reason) {
        Throwable first = reason;
        while ((first instanceof CancellationException || first instanceof CompletionException)
                && first.getCause() != null) {
            first = first.getCause();
        }
        return first instanceof RejectedExecutionException;
    }

    /** Returns the outcome of a row for which the mapper has returned no value. */
    static Outcome broken(Object row, String what) {
        return new Broken(row, new NullPointerException(what));
    }
}
