package io.pipeflux.s3;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import reactor.util.Logger;
import reactor.util.Loggers;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Logs that requests to a client's store fail, and that the store answers again. All requests of a client share this
 * log, so that an outage causes at most one warning per minute, however many requests wait for its end.
 */
final class OutageLog {

    /** An outage shorter than this is not logged, because stores often refuse individual requests. */
    static final Duration QUIET = Duration.ofSeconds(3);

    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final Logger log = Loggers.getLogger("io.pipeflux.s3.S3Channel");

    private final AtomicBoolean away = new AtomicBoolean();
    private final AtomicLong nextAt = new AtomicLong(System.nanoTime());

    void lasts(String store, long nanos, long patienceNanos, Throwable error) {
        long now = System.nanoTime();
        long next = nextAt.get();
        if (nanos < QUIET.toNanos() || now - next < 0 || !nextAt.compareAndSet(next, now + PAUSE_NANOS)) {
            return;
        }
        away.set(true);
        log.warn(
                "requests to {} have failed for {} s, the last one with: {}. They are sent again for {} s",
                store,
                TimeUnit.NANOSECONDS.toSeconds(nanos),
                S3Failures.firstLine(error),
                TimeUnit.NANOSECONDS.toSeconds(patienceNanos));
    }

    /** Called for each answer of the store. */
    void answered(S3AsyncClient client) {
        if (away.get() && away.compareAndSet(true, false)) {
            log.warn("{} answers again", CommonFailures.endpoint(client));
        }
    }
}
