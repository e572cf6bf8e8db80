package io.pipeflux.kotlin

import java.util.concurrent.CancellationException

/**
 * The data of a flow failed with a [CancellationException], its [cause]: such as a mapper that asked a cancelled future
 * for its result, or ran into a `withTimeout` of its own.
 *
 * Thrown by the collecting of a [toFlow] in place of that exception, which coroutines take for their own cancellation:
 * a `launch` would end as if the data had ended. The collecting coroutine was not cancelled; where it is, its own
 * [CancellationException] is thrown as ever.
 */
public class CancelledDataException internal constructor(
    message: String,
    override val cause: Throwable,
) : RuntimeException(message, cause) {
    internal constructor(cause: CancellationException) : this(
        "the data failed with a ${cause.javaClass.simpleName}, and the collecting coroutine was not cancelled" +
            " (${cause.message}): look for the cancelled future or the timeout in a source or mapper",
        cause,
    )
}
