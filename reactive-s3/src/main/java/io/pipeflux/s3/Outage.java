package io.pipeflux.s3;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Measures how long the store has been away for one request. Decides whether {@link S3ReadOptions#retryFor} allows
 * another try, regardless of the number of tries. Not thread-safe: a request has only one try at a time.
 */
final class Outage {

    private final long patienceNanos;
    private final LongSupplier nanoTime;
    private final Log log;
    private boolean begun;
    private long since;

    /** Receives each failed try of an outage. */
    interface Log {
        void lasts(long nanos, long patienceNanos, Throwable error);
    }

    Outage(Duration retryFor, LongSupplier nanoTime, Log log) {
        this.patienceNanos = TimeUnit.NANOSECONDS.convert(retryFor); // at most 292 years
        this.nanoTime = nanoTime;
        this.log = log;
    }

    static Outage of(S3AsyncClient client, S3ReadOptions options) {
        OutageLog log = ClientThreads.of(client).outages();
        return new Outage(
                options.retryFor(),
                System::nanoTime,
                (nanos, patience, error) -> log.lasts(CommonFailures.endpoint(client), nanos, patience, error));
    }

    /**
     * Notes a failed try. Returns true if the store may be away, and {@link S3ReadOptions#retryFor} allows another try.
     */
    boolean lasts(Throwable error) {
        if (patienceNanos == 0 || !S3Failures.mayBeAway(error)) {
            return false;
        }
        long now = nanoTime.getAsLong();
        if (!begun) {
            begun = true;
            since = now;
        }
        log.lasts(now - since, patienceNanos, error);
        return now - since < patienceNanos;
    }

    /** Returns whether a try has failed since the store last sent bytes. */
    boolean hasBegun() {
        return begun;
    }

    /** Ends the outage, because the store has sent bytes. A later outage is measured from its own beginning. */
    void end() {
        begun = false;
    }
}
