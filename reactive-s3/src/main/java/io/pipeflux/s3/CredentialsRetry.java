package io.pipeflux.s3;

import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Retries a call if the store refuses the credentials in the middle of an epoch, because the client's provider may have
 * new credentials by the next try.
 */
final class CredentialsRetry {

    private CredentialsRetry() {}

    /**
     * Returns a retry for refused credentials, and for other failures that may be transient.
     *
     * @param retries the maximum number of retries after failures other than refused credentials
     */
    static Retry orPassing(ClientThreads threads, int retries) {
        return Retry.from(tries -> tries.concatMap(
                it -> {
                    Throwable error = S3Failures.unwrap(it.failure());
                    boolean again = S3Failures.mayRefuseCredentials(error)
                            ? it.totalRetries() < PartTries.REFUSALS
                            : it.totalRetries() < retries
                                    && S3Failures.mayPass(error)
                                    && !S3Failures.refusesHead(error);
                    return again
                            ? threads.delay(Backoff.aboutNanos((int) it.totalRetries() + 1))
                            : Mono.error(it.failure());
                },
                1));
    }

    /**
     * Returns the retry for requests that write. It repeats a request after a failure that may be transient, and after
     * refused credentials. It does not repeat a request that the store does not support.
     *
     * @param retries the maximum number of retries
     * @param alsoPassing returns whether a failure that is usually permanent may be transient for this request
     */
    static Retry ofWrites(ClientThreads threads, int retries, Predicate<Throwable> alsoPassing) {
        return Retry.from(tries -> tries.concatMap(
                it -> {
                    Throwable error = S3Failures.unwrap(it.failure());
                    long most = S3Failures.refusesCredentials(error) ? Math.min(retries, PartTries.REFUSALS) : retries;
                    boolean passing = S3Failures.mayPass(error) || alsoPassing.test(error);
                    return it.totalRetries() < most && passing && !S3Failures.isUnsupported(error)
                            ? threads.delay(Backoff.aboutNanos((int) it.totalRetries() + 1))
                            : Mono.error(it.failure());
                },
                1));
    }

    /**
     * Returns a retry for refused credentials only.
     *
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
