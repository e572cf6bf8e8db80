package io.pipeflux.core.operator;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.Exceptions;

/** What became of a row that was mapped, in the place of the row. */
sealed interface Outcome {

    /** Returns the element that is discarded if no batch is made of it. */
    Object element();

    /** Returns why the row is in no batch. Throws if it may be in one. */
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

    /** The row is mapped. */
    record Mapped(Object element) implements Outcome {}

    /** The mapper has thrown an exception for it. */
    record Failed(Object element, Exception reason) implements Outcome {}

    /** The mapper has broken its contract, was rejected, or has failed with an error. No policy skips the row. */
    record Broken(Object element, Throwable reason) implements Outcome {}

    /**
     * Returns the outcome of a row for which the mapper has thrown. A wrapper of Reactor's is removed. A row that an
     * executor has rejected was not mapped at all, so nothing is known of the row.
     */
    static Outcome failed(Object row, Throwable thrown) {
        Throwable reason = Exceptions.unwrap(thrown);
        return reason instanceof Exception exception && !Exceptions.isFatal(reason) && !isRejection(reason)
                ? new Failed(row, exception)
                : new Broken(row, reason);
    }

    /** Detects a rejection. Coroutines and futures wrap it: a coroutine is cancelled if its dispatcher rejects it. */
    private static boolean isRejection(Throwable reason) {
        Throwable first = reason;
        while ((first instanceof CancellationException || first instanceof CompletionException)
                && first.getCause() != null) {
            first = first.getCause();
        }
        return first instanceof RejectedExecutionException;
    }

    /** Returns the outcome of a row for which the mapper has returned nothing. */
    static Outcome broken(Object row, String what) {
        return new Broken(row, new NullPointerException(what));
    }
}
