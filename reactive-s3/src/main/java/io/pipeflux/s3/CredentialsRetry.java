package io.pipeflux.s3;

import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Creates the retries for listings, HEADs and the requests that write. A request is also retried if the store refuses
 * the credentials, because the client's provider may have new credentials by the next try.
 */
final class CredentialsRetry {

    private CredentialsRetry() {}

    /**
     * Returns a retry for refused credentials, and for other failures that may be transient.
     *
     * @param options state the maximum number of retries after failures other than refused credentials, and how long
     *     a store may be away
     */
    static Retry orPassing(S3AsyncClient client, S3ReadOptions options) {
        return repeating(
                client,
                options,
                (error, retries) -> S3Failures.mayRefuseCredentials(error)
                        ? retries < PartTries.REFUSALS
                        : retries < options.retries() && S3Failures.mayPass(error) && !S3Failures.refusesHead(error));
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
     * Returns a retry for refused credentials, and for a store that is away. The client itself retries other failures.
     *
     * @param refused returns whether a failure means that the credentials were refused
     */
    static Retry where(S3AsyncClient client, S3ReadOptions options, Predicate<Throwable> refused) {
        return repeating(client, options, (error, retries) -> retries < PartTries.REFUSALS && refused.test(error));
    }

    private interface Decision {
        boolean again(Throwable error, long retries);
    }

    private static Retry repeating(S3AsyncClient client, S3ReadOptions options, Decision byNumber) {
        ClientThreads threads = ClientThreads.of(client);
        return Retry.from(tries -> {
            Outage outage = Outage.of(client, options);
            return tries.concatMap(
                    it -> {
                        Throwable error = S3Failures.unwrap(it.failure());
                        boolean inTime = outage.lasts(error);
                        return inTime || byNumber.again(error, it.totalRetries())
                                ? threads.delay(Backoff.aboutNanos((int) it.totalRetries() + 1))
                                : Mono.error(it.failure());
                    },
                    1);
        });
    }
}
