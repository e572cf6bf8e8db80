package io.pipeflux.s3;

import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Retries a call if the store refuses the credentials in the middle of an epoch: the client's provider may have new
 * ones meanwhile.
 */
final class CredentialsRetry {

    private CredentialsRetry() {}

    /**
     * @param threads the threads on which the client is called again
     * @param refused returns whether a failure means that the credentials were refused
     */
    static Retry where(ClientThreads threads, Predicate<Throwable> refused) {
        return Retry.from(tries -> tries.concatMap(
                it -> it.totalRetries() < PartTries.REFUSALS && refused.test(S3Failures.unwrap(it.failure()))
                        ? threads.delay(Backoff.aboutNanos((int) it.totalRetries() + 1))
                        : Mono.error(it.failure()),
                1));
    }
}
