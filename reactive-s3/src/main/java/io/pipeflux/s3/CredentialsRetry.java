package io.pipeflux.s3;

import java.time.Duration;
import java.util.function.Predicate;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** Asks again where a store refuses the credentials in the middle of an epoch: the client's provider may have others by now. */
final class CredentialsRetry {

    private static final Duration FIRST = Duration.ofMillis(100);

    private CredentialsRetry() {}

    /** @param refused whether that was it; a failure that it is still at the end is the one that is signalled */
    static Retry where(Predicate<Throwable> refused) {
        return Retry.backoff(PartFetch.REFUSALS, FIRST)
                .filter(e -> refused.test(S3Failures.unwrap(e)))
                .scheduler(Schedulers.boundedElastic()) // a provider may block
                .onRetryExhaustedThrow((retries, last) -> last.failure());
    }
}
