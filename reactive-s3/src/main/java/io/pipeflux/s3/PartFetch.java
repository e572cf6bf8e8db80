package io.pipeflux.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Fills a part, by as many GETs as it takes: each goes on at the byte that the one before it has reached.
 *
 * <pre>
 *   GET --broken--&gt; wait --&gt; GET of the rest --broken--&gt; wait --&gt; ... --&gt; filled
 *    |               |        |
 *    +---------------+--------+--too many without a byte, or no hope--&gt; failed
 * </pre>
 *
 * A GET that brings nothing for the no-progress time-out is broken, too.
 */
final class PartFetch {

    /** How often a GET is looked at within the no-progress time-out. */
    private static final int LOOKS = 4;

    /** How often in a row credentials may be refused: a provider that refreshes them needs a moment, wrong ones stay wrong. */
    static final int REFUSALS = 5;

    /** What the window learns. Called without a lock, by any thread. */
    interface Events {

        /** Bytes begin to come, and the object's size is known. */
        void answered();

        /** The store has refused, or not answered, a GET of that round. */
        void slowDown(int round);

        /** The part is filled or failed; not after a cancel. */
        void over();
    }

    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final ObjectVersion version;
    private final Part part;
    private final WindowSize size;
    private final Events events;

    // guarded by this
    private @Nullable PartGet current;
    private Disposable timer = Disposables.disposed();
    private boolean over;
    private int round;
    private int futile;
    private int refusals;
    private int receivedBefore;
    private int receivedAtLook;
    private int looksWithoutProgress;

    PartFetch(
            S3AsyncClient client,
            S3ReadOptions options,
            ObjectVersion version,
            Part part,
            WindowSize size,
            Events events) {
        this.client = client;
        this.options = options;
        this.version = version;
        this.part = part;
        this.size = size;
        this.events = events;
    }

    Part part() {
        return part;
    }

    /** Sends the first GET, or the next. The client may look for credentials, so not on an event loop. */
    void start() {
        PartGet get;
        PartRange range;
        synchronized (this) {
            if (over) {
                return;
            }
            range = part.missing();
            get = new PartGet(this, range);
            current = get;
            round = size.round();
            receivedBefore = part.received();
            watch();
        }
        try {
            get.send(client, request(range));
        } catch (Throwable t) { // a hook of the caller's
            failed(get, t);
        }
    }

    private GetObjectRequest request(PartRange range) {
        S3ObjectRef object = version.ref();
        return options.newRequest()
                .bucket(object.bucket())
                .key(object.key())
                .range(range.header())
                .ifMatch(object.etag())
                .build();
    }

    /** Gives up; says whether it was still at work. */
    boolean cancel() {
        PartGet get;
        synchronized (this) {
            if (over) {
                return false;
            }
            over = true;
            get = current;
            current = null;
            timer.dispose();
        }
        if (get != null) {
            get.abort();
        }
        return true;
    }

    // == what happens to the GET ==

    void answered(PartGet get, PartRange range, GetObjectResponse answer) throws IOException {
        synchronized (this) {
            if (current != get) {
                return;
            }
            looksWithoutProgress = 0;
        }
        version.check(range, answer);
        events.answered();
    }

    void received(PartGet get, ByteBuffer bytes) {
        boolean fits;
        synchronized (this) {
            if (current != get) {
                return;
            }
            fits = part.append(bytes);
        }
        if (!fits) {
            failed(get, new IOException("more bytes came than were asked for"));
        }
    }

    void ended(PartGet get) {
        if (part.isReceived()) {
            finish(get, null);
        } else {
            failed(get, new IOException("the answer ended before " + part.missing()));
        }
    }

    void failed(PartGet get, Throwable failure) {
        Throwable error = S3Failures.unwrap(failure);
        if (version.ref().size() < 0 && S3Failures.isBeyondEnd(error)) { // where no size is known, no error
            version.endsAt(part.missing().from());
            events.answered();
            finish(get, null);
            return;
        }
        boolean slow = S3Failures.asksToSlowDown(error);
        int roundOfGet;
        boolean again = false;
        Throwable fatal = null;
        synchronized (this) {
            if (current != get) {
                return;
            }
            roundOfGet = round;
            if (!part.isReceived()) { // or it has done its work; the watchdog runs beside the last bytes
                futile = part.received() > receivedBefore ? 0 : futile + 1;
                refusals = S3Failures.refusesCredentials(error) ? refusals + 1 : 0;
                again = futile <= options.retries() && refusals <= REFUSALS && S3Failures.mayPass(error);
                if (again) {
                    again();
                } else {
                    fatal = S3Failures.reading(client, version, part.missing(), error);
                }
            }
        }
        if (slow) {
            events.slowDown(roundOfGet);
        }
        if (again) {
            get.abort();
        } else {
            finish(get, fatal);
        }
    }

    private void again() {
        current = null;
        timer.dispose();
        timer = Schedulers.boundedElastic().schedule(this::start, Backoff.nanos(futile), TimeUnit.NANOSECONDS);
    }

    private void finish(PartGet get, @Nullable Throwable error) {
        synchronized (this) {
            if (current != get) {
                return;
            }
            over = true;
            current = null;
            timer.dispose();
            if (error != null) {
                part.fail(error);
            }
        }
        if (error != null) {
            get.abort();
        }
        get.release();
        events.over();
    }

    // == the watchdog ==

    private void watch() {
        long period = Math.max(1, options.noProgressTimeout().toNanos() / LOOKS);
        receivedAtLook = part.received();
        looksWithoutProgress = 0;
        timer = Schedulers.parallel().schedulePeriodically(this::look, period, period, TimeUnit.NANOSECONDS);
    }

    private void look() {
        PartGet stalled;
        synchronized (this) {
            int received = part.received();
            looksWithoutProgress = received > receivedAtLook ? 0 : looksWithoutProgress + 1;
            receivedAtLook = received;
            stalled = looksWithoutProgress >= LOOKS ? current : null;
        }
        if (stalled != null) {
            failed(
                    stalled,
                    new TimeoutException(
                            "nothing came for " + options.noProgressTimeout().toMillis() + " ms"));
        }
    }
}
