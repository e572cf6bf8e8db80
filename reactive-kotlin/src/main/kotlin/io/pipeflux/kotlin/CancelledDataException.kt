package io.pipeflux.kotlin

import java.util.concurrent.CancellationException

/**
 * Reports that the data of a flow failed with a [CancellationException], its [cause]. For example, a mapper read the
 * result of a cancelled future, its own `withTimeout` expired, or its dispatcher was closed.
 *
 * The collection of a [toFlow] throws it instead of that exception, because coroutines would take that for their own
 * cancellation: a `launch` would end as if the data had ended. The collecting coroutine was not cancelled. If it is
 * cancelled, its own [CancellationException] is thrown as usual.
 */
public class CancelledDataException internal constructor(
    message: String,
    override val cause: Throwable,
) : RuntimeException(message, cause) {
    internal constructor(cause: CancellationException) : this(
        "the data failed with a ${cause.javaClass.simpleName}, and the collecting coroutine was not cancelled" +
            " (${cause.message}): look for a cancelled future, a timeout, or a dispatcher or scope that was closed or" +
            " cancelled, in a source or mapper",
        cause,
    )
}
