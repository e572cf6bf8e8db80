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
 * Fills a part by one or more GETs. Each GET continues at the byte where the previous one has stopped.
 *
 * <pre>
 *   GET --broken--&gt; wait --&gt; GET of the rest --broken--&gt; wait --&gt; ... --&gt; filled
 *    |               |        |
 *    +---------------+--------+--too many with few bytes, or permanent error--&gt; failed
 * </pre>
 *
 * {@link PartTries} counts the tries. A GET that receives no byte, or too few, within the no-progress time-out is
 * broken, too. The window checks all its GETs periodically. A timer for each GET would have to be created and cancelled
 * on event loops, under a lock that all users share.
 */
final class PartFetch implements PartGet.Events {

    /** How often the window checks a GET within the no-progress time-out. */
    static final int LOOKS = 4;

    /**
     * A GET must receive at least this fraction of its part within the no-progress time-out. Otherwise, a store that
     * sends a byte now and then would hold a part forever.
     */
    private static final int LEAST_FRACTION = 1024;

    /** A GET that receives this number of bytes within the no-progress time-out is fast enough for any part. */
    private static final int ENOUGH_BYTES = 64 << 10;

    /** The events of which the window is notified. Called by any thread, without a lock. */
    interface Events {

        /** The header of an answer has arrived, so the object's size is known. */
        void answered();

        /** The store has refused a GET of this round, or has not answered it. */
        void slowDown(int round);

        /** The part is filled or has failed. Not called after a cancel. */
        void over();
    }

    private final S3AsyncClient client;
    private final ClientThreads threads;
    private final S3ReadOptions options;
    private final ObjectVersion version;
    private final ObjectChecksum checksum;
    private final Part part;
    private final WindowSize size;
    private final Events events;
    private final PartTries tries;

    // guarded by this
    private @Nullable PartGet current;
    private TimerThread.@Nullable Timed retry;
    private boolean over;
    private int round;
    private int receivedBefore;
    private long skip;
    private boolean unranged;
    private int receivedAtLook;
    private int looksWithoutProgress;

    PartFetch(
            S3AsyncClient client,
            S3ReadOptions options,
            ObjectVersion version,
            ObjectChecksum checksum,
            Part part,
            WindowSize size,
            Events events) {
        this.client = client;
        this.threads = ClientThreads.of(client);
        this.options = options;
        this.version = version;
        this.checksum = checksum;
        this.part = part;
        this.size = size;
        this.events = events;
        this.tries = new PartTries(options.retries());
        checksum.use(new ObjectHeads(client, options).of(version));
    }

    Part part() {
        return part;
    }

    /**
     * Sends the first or the next GET. Must run on the client's threads, because the client may wait for credentials.
     */
    void start() {
        PartGet get = null;
        try {
            get = next();
            if (get != null) {
                get.send(client, unranged ? wholeRequest() : request(get.range()));
            }
        } catch (Throwable t) { // thrown by the client or by a hook of the caller
            if (get == null) {
                fail(t);
            } else {
                failed(get, t);
            }
        }
        checksum.request(); // beside the first GET
    }

    private synchronized @Nullable PartGet next() {
        if (over) {
            return null;
        }
        PartGet get = new PartGet(this, part.missing(), CrtClient.is(client));
        current = get;
        round = size.round();
        receivedBefore = part.received();
        receivedAtLook = receivedBefore;
        skip = 0;
        unranged = checksum.isOfAnswer() && receivedBefore == 0;
        looksWithoutProgress = -1; // the first check may follow immediately
        return get;
    }

    /** Fails the part without a further GET, because no thread or memory is available. */
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
        return threads.retries()
                .off(options.newRequest(object.bucket(), object.key()))
                .range(range.header())
                .ifMatch(version.ifMatch())
                .build();
    }

    /** Without a range: a store states no checksum of a range. */
    private GetObjectRequest wholeRequest() {
        S3ObjectRef object = version.ref();
        return threads.retries()
                .off(
                        options.newRequest(object.bucket(), object.key()),
                        more -> more.putHeader(StatedChecksum.MODE_HEADER, StatedChecksum.MODE))
                .range(null)
                .ifMatch(version.ifMatch())
                .build();
    }

    /** Cancels the fetch. Returns false if it had ended before. */
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
        boolean whole = isUnranged(get);
        long first = version.check(range, part.from(), whole, answer);
        StatedChecksum stated = whole ? StatedChecksum.of(answer, checksum.usable()) : null;
        synchronized (this) {
            if (current == get) {
                skip = range.from() - first;
                if (stated != null && checksum.answered(stated, version)) {
                    part.hold();
                }
            }
        }
        events.answered();
    }

    @Override
    public void received(PartGet get, ByteBuffer bytes) {
        boolean tooMany;
        IOException mismatch;
        synchronized (this) {
            if (current != get) {
                return;
            }
            tooMany = !part.append(skip == 0 ? bytes : skipped(bytes));
            mismatch = verified();
        }
        if (mismatch != null) {
            failed(get, mismatch);
        } else if (tooMany) { // the range is complete, and the body may never end
            finish(get, null, Runnable::run);
            get.abort();
        }
    }

    private synchronized boolean isUnranged(PartGet get) {
        return current == get && unranged;
    }

    /** Hands the part on if all its bytes are here and have their checksum. Otherwise, it begins again. */
    private @Nullable IOException verified() {
        if (!part.isHeld() || !part.isReceived()) {
            return null;
        }
        IOException mismatch = checksum.mismatch(part.sums());
        if (mismatch == null) {
            part.release();
        } else {
            part.reset();
        }
        return mismatch;
    }

    /** Passes over bytes that an earlier GET has received: this answer begins with the object's first byte again. */
    private ByteBuffer skipped(ByteBuffer bytes) {
        int count = (int) Math.min(skip, bytes.remaining());
        skip -= count;
        return bytes.duplicate().position(bytes.position() + count);
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

    /** @param aborter runs the abort of the GET, which calls the client */
    private void failed(PartGet get, Throwable failure, Executor aborter) {
        Throwable error = S3Failures.unwrap(failure);
        if (version.ref().size() <= 0 && S3Failures.isBeyondEnd(error)) { // the object is empty, which is not an error
            version.endsAt(part.missing().from());
            events.answered();
            finish(get, null, aborter);
            return;
        }
        boolean slow = S3Failures.asksToSlowDown(error);
        boolean refused = isUnranged(get)
                && S3Failures.refusesChecksums(error)
                && checksum.refused(S3Failures.refusal(true, threads.limits(), error));
        int roundOfGet;
        boolean again = false;
        Throwable fatal = null;
        synchronized (this) {
            if (current != get) {
                return;
            }
            roundOfGet = round;
            if (!part.isReceived()) { // otherwise it is complete: the watchdog may run together with the last bytes
                again = tries.broken(
                                Math.max(0, part.received() - receivedBefore),
                                part.length(),
                                S3Failures.refusesCredentials(error))
                        && S3Failures.mayPass(error);
                again |= refused;
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
            retry = threads.schedule(this::start, this::fail, tries.waitNanos());
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

    /**
     * Checks the progress. Called several times within the no-progress time-out, on a thread that all windows share.
     */
    void look() {
        PartGet stalled;
        int bytes;
        synchronized (this) {
            bytes = part.received() - receivedAtLook;
            if (bytes >= leastBytes()) {
                looksWithoutProgress = 0;
                receivedAtLook += bytes;
            } else {
                looksWithoutProgress++;
            }
            stalled = looksWithoutProgress >= LOOKS ? current : null;
        }
        if (stalled != null) {
            failed(
                    stalled,
                    new TimeoutException((bytes == 0 ? "no byte" : "only " + bytes + " bytes") + " arrived for "
                            + options.noProgressTimeout().toMillis() + " ms"),
                    threads);
        }
    }

    private int leastBytes() {
        return Math.max(1, Math.min(part.length() / LEAST_FRACTION, ENOUGH_BYTES));
    }
}
