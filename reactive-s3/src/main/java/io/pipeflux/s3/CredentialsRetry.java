package io.pipeflux.s3;

import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Asks again where a store refuses the credentials in the middle of an epoch: the client's provider may have others by
 * now.
 */
final class CredentialsRetry {

    private CredentialsRetry() {}

    /**
     * @param threads on which the client is asked again
     * @param refused whether that was it; a failure that it is still at the end is the one that is signalled
     */
    static Retry where(ClientThreads threads, Predicate<Throwable> refused) {
        return Retry.from(tries -> tries.concatMap(
                it -> it.totalRetries() < PartFetch.REFUSALS && refused.test(S3Failures.unwrap(it.failure()))
                        ? threads.delay(Backoff.aboutNanos((int) it.totalRetries() + 1))
                        : Mono.error(it.failure()),
                1));
    }
}
