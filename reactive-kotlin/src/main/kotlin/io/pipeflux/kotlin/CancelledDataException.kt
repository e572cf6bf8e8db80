package io.pipeflux.kotlin

import java.util.concurrent.CancellationException

/**
 * Reports that the data of a flow failed with a [CancellationException]. That exception is the [cause]. For example, a
 * mapper read the result of a cancelled future, a `withTimeout` in the mapper expired, or the mapper's dispatcher was
 * closed.
 *
 * The collection of a flow from [toFlow] throws this exception instead of the cause, because coroutines would mistake
 * the cause for their own cancellation: a `launch` would end as if the data had ended normally. This exception does not
 * mean that the collecting coroutine was cancelled. If that coroutine is cancelled, its own [CancellationException] is
 * thrown as usual.
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
