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
 * Fills a part with one or more GETs. Each GET continues at the byte at which the previous GET stopped.
 *
 * <pre>{@code
 *   GET --broken--> wait --> GET of the rest --broken--> wait --> ... --> filled
 *    |                        |
 *    +------------------------+--too many tries with few bytes, or a permanent error--> failed
 * }</pre>
 *
 * <p>{@link PartTries} counts the tries. A GET also counts as broken if it receives too few bytes within the
 * no-progress time-out. The window checks all its GETs periodically. A separate time-out for each GET would be more
 * expensive: event loops would have to schedule and cancel it, under a lock that all users of the shared timer contend
 * for.
 */
final class PartFetch implements PartGet.Events {

    /** The number of times that the window checks a GET within the no-progress time-out. */
    static final int LOOKS = 4;

    /**
     * Within the no-progress time-out, a GET must receive at least as many bytes as the length of its part, divided by
     * this number. Otherwise, a store that sends a single byte now and then could delay a part indefinitely.
     */
    private static final int LEAST_FRACTION = 1024;

    /**
     * The upper limit for the number of bytes that {@link #LEAST_FRACTION} requires. It applies to parts of more than
     * 64 MiB.
     */
    private static final int ENOUGH_BYTES = 64 << 10;

    /** Receives notifications for the window. Any thread may call these methods, but only while it holds no lock. */
    interface Events {

        /** Called when the header of a response has arrived. The object's size is then known. */
        void answered();

        /**
         * Called when a GET of the given round has timed out, or when its response asks the client to slow down.
         */
        void slowDown(int round);

        /** Called when the part is filled or has failed, but not after a cancel. */
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

    // the following fields are guarded by this
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
        this.tries = new PartTries(options.retries(), Outage.of(client, options));
        checksum.use(new ObjectHeads(client, options).of(version));
    }

    Part part() {
        return part;
    }

    /** Sends the next GET. Must run on the client's threads, because the client may wait for credentials. */
    void start() {
        PartGet get = null;
        try {
            get = next();
            if (get != null) {
                get.send(client, unranged ? wholeRequest() : request(get.range()));
            }
        } catch (Throwable t) { // thrown by the client or by one of the caller's hooks
            if (get == null) {
                fail(t);
            } else {
                failed(get, t);
            }
        }
        checksum.request(); // sent together with the first GET
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
        looksWithoutProgress = -1; // the first check may follow immediately, so it does not count
        return get;
    }

    /** Fails the part without another GET, because no thread or memory is available. */
    private void fail(Throwable error) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            current = null;
            part.fail(ReadFailures.reading(client, version, part.missing(), error));
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

    /** Returns a request for the whole object. It has no range, because a store states no checksum for a range. */
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

    /** Cancels the fetch. Returns false if it had already ended. */
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

    // == events of the GET ==

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
        threads.outages().answered(client);
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
        } else if (tooMany) {
            // the end of the body is not awaited, because it may never arrive
            finish(get, null, Runnable::run);
            get.abort();
        }
    }

    private synchronized boolean isUnranged(PartGet get) {
        return current == get && unranged;
    }

    /**
     * If the bytes were held back and all of them have arrived, they are compared with their checksum. If they match,
     * the reader gets them. Otherwise, the part is reset, and this method returns the error.
     */
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

    /** Skips the bytes that an earlier GET has received, if this response begins again with the object's first byte. */
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
            failed(get, new IOException("the response ended before " + part.missing()));
        }
    }

    @Override
    public void failed(PartGet get, Throwable failure) {
        failed(get, failure, Runnable::run);
    }

    /** @param aborter runs {@link PartGet#abort}, which may block */
    private void failed(PartGet get, Throwable failure, Executor aborter) {
        Throwable error = S3Failures.unwrap(failure);
        if (version.ref().size() <= 0 && S3Failures.isBeyondEnd(error)) {
            // the object is empty, which is not an error
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
            // if the last bytes arrived while the watchdog was aborting the GET, no retry is needed
            if (!part.isReceived()) {
                again = tries.failed(Math.max(0, part.received() - receivedBefore), part.length(), error)
                        && S3Failures.mayPass(error);
                again |= refused;
                Throwable noThread = again ? again() : null;
                again = again && noThread == null;
                if (!again) {
                    fatal = ReadFailures.reading(client, version, part.missing(), noThread == null ? error : noThread);
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

    /** Schedules the next GET. Returns null, or the error if the GET could not be scheduled. */
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
     * Checks the progress of the GET. Called several times within the no-progress time-out, on a thread that all
     * windows share.
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
