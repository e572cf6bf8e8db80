package io.pipeflux.s3;

import io.pipeflux.core.internal.TimerThread;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
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
 * A GET that brings nothing for the no-progress time-out is broken, too. Its window looks at all its GETs from time to
 * time: a timer for each would be made and given up on event loops, under a lock that all users of the timer share.
 */
final class PartFetch implements PartGet.Events {

    /** How often a GET is looked at within the no-progress time-out, by its window. */
    static final int LOOKS = 4;

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
    private final ClientThreads threads;
    private final S3ReadOptions options;
    private final ObjectVersion version;
    private final Part part;
    private final WindowSize size;
    private final Events events;

    // guarded by this
    private @Nullable PartGet current;
    private TimerThread.@Nullable Timed retry;
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
        this.threads = ClientThreads.of(client);
        this.options = options;
        this.version = version;
        this.part = part;
        this.size = size;
        this.events = events;
    }

    Part part() {
        return part;
    }

    /** Sends the first GET, or the next. The client may look for credentials, so only on its threads. */
    void start() {
        PartGet get = null;
        try {
            get = next();
            if (get != null) {
                get.send(client, request(get.range()));
            }
        } catch (Throwable t) { // the client's, or of a hook of the caller's
            if (get == null) {
                fail(t);
            } else {
                failed(get, t);
            }
        }
    }

    private synchronized @Nullable PartGet next() {
        if (over) {
            return null;
        }
        PartGet get = new PartGet(this, part.missing());
        current = get;
        round = size.round();
        receivedBefore = part.received();
        receivedAtLook = receivedBefore;
        looksWithoutProgress = -1; // the first look may come at once
        return get;
    }

    /** The part is not asked for again: there is no thread for it, or no memory. */
    private void fail(Throwable error) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            current = null;
            part.fail(S3Failures.reading(client, version, part.missing(), error));
        }
        events.over();
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
            if (retry != null) {
                retry.cancel();
            }
        }
        if (get != null) {
            get.abort();
        }
        return true;
    }

    // == what happens to the GET ==

    @Override
    public void answered(PartGet get, PartRange range, GetObjectResponse answer) throws IOException {
        synchronized (this) {
            if (current != get) {
                return;
            }
            looksWithoutProgress = 0;
        }
        version.check(range, answer);
        events.answered();
    }

    @Override
    public void received(PartGet get, ByteBuffer bytes) {
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

    @Override
    public void ended(PartGet get) {
        if (part.isReceived()) {
            finish(get, null, Runnable::run);
        } else {
            failed(get, new IOException("the answer ended before " + part.missing()));
        }
    }

    @Override
    public void failed(PartGet get, Throwable failure) {
        failed(get, failure, Runnable::run);
    }

    /** @param aborter runs what the client does when a GET is given up */
    private void failed(PartGet get, Throwable failure, Executor aborter) {
        Throwable error = S3Failures.unwrap(failure);
        if (version.ref().size() <= 0 && S3Failures.isBeyondEnd(error)) { // no error of an object that may be empty
            version.endsAt(part.missing().from());
            events.answered();
            finish(get, null, aborter);
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
                Throwable noThread = again ? again() : null;
                again = again && noThread == null;
                if (!again) {
                    fatal = S3Failures.reading(client, version, part.missing(), noThread == null ? error : noThread);
                }
            }
        }
        if (slow) {
            events.slowDown(roundOfGet);
        }
        if (again) {
            abort(get, aborter);
        } else {
            finish(get, fatal, aborter);
        }
    }

    /** Returns why the next GET cannot be scheduled, or null. */
    private @Nullable Throwable again() {
        try {
            retry = threads.schedule(this::start, this::fail, Backoff.nanos(futile));
        } catch (Throwable noThread) {
            return noThread;
        }
        current = null;
        return null;
    }

    private void finish(PartGet get, @Nullable Throwable error, Executor aborter) {
        synchronized (this) {
            if (current != get) {
                return;
            }
            over = true;
            current = null;
            if (error != null) {
                part.fail(error);
            }
        }
        get.release();
        events.over();
        if (error != null) {
            abort(get, aborter);
        }
    }

    private static void abort(PartGet get, Executor aborter) {
        try {
            aborter.execute(get::abort);
        } catch (Throwable noThread) {
            get.abort();
        }
    }

    // == the watchdog ==

    /** Is called several times within the no-progress time-out, on a thread that all windows share. */
    void look() {
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
                            "nothing came for " + options.noProgressTimeout().toMillis() + " ms"),
                    threads);
        }
    }
}
