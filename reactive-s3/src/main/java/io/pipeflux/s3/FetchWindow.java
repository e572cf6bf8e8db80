package io.pipeflux.s3;

import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.Throwables;
import io.pipeflux.core.internal.TimerThread;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Holds the bytes that one subscription fetches ahead of its subscriber. The bytes may span many objects.
 *
 * <pre>
 *   objects   | a                           | b   | c   | d       | not requested yet
 *   parts     | a0      | a1      | a2      | b0  | c0  | d0      |
 *               read      full      GET       full  GET   GET       next, as soon as there is room
 *                  |-- reserved, at most windowBytes() in total --|
 * </pre>
 *
 * <p>The bytes of a part are reserved before its GET is sent. Reservations are made in the order of the bytes, so the
 * part that is read next always has a reservation. A GET is never slowed down after it was sent. If the window is full,
 * no further GETs are sent. While the size of an object is unknown, parts of later objects may be fetched, but they
 * leave room for one part of that object.
 *
 * <p>The window opens at the first request for bytes. Objects are read in order, so when a read of an object begins,
 * all earlier objects are dropped.
 */
final class FetchWindow {

    /** Reads one object of the window. */
    interface Reader {

        /** Returns the object that is being read. */
        ObjectParts object();

        /** Returns the object's name, for messages. */
        String name();

        /** Returns whether the subscriber has requested a chunk but none is available. */
        boolean isStarving();

        /** Notifies the reader that a chunk, an error or the end of the object may be available. */
        void signal();
    }

    /**
     * The maximum number of objects in a window. Each object needs some memory in addition to its bytes, which matters
     * if there are many tiny objects.
     */
    private static final int MAX_OBJECTS = 1024;

    /**
     * The minimum size to which parts are reduced so that more of them fit into the window. With even smaller parts,
     * the cost of each GET would outweigh the gain.
     */
    private static final int LEAST_PART_BYTES = 1 << 20;

    /** The thread that checks the GETs of all windows. A check never blocks, so no window delays another. */
    private static final TimerThread LOOKS = new TimerThread("pipeflux-timer-s3");

    private final S3AsyncClient client;
    private final ClientThreads threads;
    private final S3ReadOptions options;
    private final ChannelThread thread;
    private final PipelineReporter reporter;
    private final Runnable wantsObject;
    private final WindowSize size;
    private final AtomicInteger wip = new AtomicInteger();

    // the following fields are guarded by this
    private final WindowObjects objects = new WindowObjects(MAX_OBJECTS);
    private long reserved;
    private long room = -1;
    private int inFlight;
    private @Nullable Look look;
    private boolean opened;
    private boolean taken;
    private boolean noMore;
    private boolean closed;
    private @Nullable Reader reader;
    private PipelineReporter.@Nullable WaitPoint waitPoint;
    private volatile @Nullable Throwable failure;

    /**
     * @param thread the thread of the channel subscription. If a reader has waited for a chunk, it emits the chunk on
     *     this thread
     * @param wantsObject called whenever the window has room for another object, until {@link #noMore} is called. It
     *     may call {@link #add} immediately
     */
    FetchWindow(
            S3AsyncClient client,
            S3ReadOptions options,
            ChannelThread thread,
            PipelineReporter reporter,
            Runnable wantsObject) {
        this.client = client;
        this.threads = ClientThreads.of(client);
        this.options = options;
        this.thread = thread;
        this.reporter = reporter;
        this.wantsObject = wantsObject;
        this.size = new WindowSize(options.getsInFlight());
    }

    // == objects ==

    ObjectParts add(S3ObjectRef ref) {
        return add(ref, 0, Long.MAX_VALUE);
    }

    /**
     * @param from the offset from which the object will be read
     * @param to the offset up to which it will be read, or {@link Long#MAX_VALUE} for the object's end
     */
    ObjectParts add(S3ObjectRef ref, long from, long to) {
        ObjectParts object = new ObjectParts(ref, options, from, to);
        synchronized (this) {
            if (closed) {
                leave(object);
                return object;
            }
            objects.add(object);
        }
        fetchAhead();
        return object;
    }

    /** Notes that no further object will be added. */
    synchronized void noMore() {
        noMore = true;
        restIfOver();
    }

    /** Drops all objects except the one that is being read. Objects that are added later are dropped, too. */
    void close() {
        List<PartFetch> dropped = new ArrayList<>();
        synchronized (this) {
            closed = true;
            for (ObjectParts object : objects.all()) {
                if (readerOf(object) == null) {
                    drop(object, dropped);
                }
            }
            noMore();
        }
        cancel(dropped, chunk -> {});
    }

    /**
     * Aborts the GETs of an object that will not be read any further. The object's reader calls {@link #leave} later.
     */
    void stop(ObjectParts object) {
        List<PartFetch> fetches;
        synchronized (this) {
            leave(object);
            objects.completed(object);
            fetches = List.copyOf(object.parts());
        }
        cancel(fetches);
    }

    private void leave(ObjectParts object) {
        object.leave();
        object.checksum().cancel(threads);
    }

    private void drop(ObjectParts object, List<PartFetch> dropped) {
        leave(object);
        objects.remove(object);
        for (PartFetch fetch : object.parts()) {
            reserved -= fetch.part().untaken();
            dropped.add(fetch);
        }
    }

    private void cancel(List<PartFetch> dropped, Consumer<ByteBuffer> onDiscard) {
        cancel(dropped);
        for (PartFetch fetch : dropped) {
            fetch.part().discard(onDiscard);
        }
    }

    /**
     * Cancels GETs in reverse order. Otherwise, a cancelled GET would release its connection to a later GET that is
     * about to be cancelled, too.
     */
    private void cancel(List<PartFetch> fetches) {
        int stopped = 0;
        for (int i = fetches.size() - 1; i >= 0; i--) {
            stopped += fetches.get(i).cancel() ? 1 : 0;
        }
        synchronized (this) {
            ended(stopped);
        }
        fetchAhead();
    }

    // == the reader ==

    /**
     * Creates a reader for an object of this window, and drops all earlier objects of the window.
     *
     * @param make creates the reader, which must report its waits to the given wait point
     * @return null if the window is closed, already has a reader, or no longer holds the bytes that begin at {@code
     *     from}
     */
    <R extends Reader> @Nullable R read(ObjectParts object, long from, Function<PipelineReporter.WaitPoint, R> make) {
        List<PartFetch> dropped = new ArrayList<>();
        R next;
        synchronized (this) {
            if (closed || reader != null || !object.readFrom(from)) {
                return null;
            }
            for (ObjectParts first : objects.before(object)) {
                drop(first, dropped);
            }
            if (object.isComplete()) { // the reader begins at the object's end
                objects.completed(object);
            }
            if (waitPoint == null) {
                waitPoint = reporter.waitPoint(this::name);
            }
            next = make.apply(waitPoint);
            reader = next;
        }
        cancel(dropped, chunk -> {});
        return next;
    }

    /**
     * Returns the thread of the channel subscription. If a reader has waited for a chunk, it emits the chunk on this
     * thread.
     */
    ChannelThread thread() {
        return thread;
    }

    PipelineReporter reporter() {
        return reporter;
    }

    private synchronized String name() {
        return reader == null ? "objects" : reader.name();
    }

    /** Opens the window. Called when bytes are requested. */
    void open() {
        synchronized (this) {
            opened = true;
        }
        fetchAhead();
    }

    /**
     * Releases the window space of a chunk that the reader has taken, and fetches further parts in its place.
     *
     * @param more whether further bytes are wanted
     */
    void taken(int bytes, boolean more) {
        boolean roomy;
        synchronized (this) {
            taken = true;
            reserved -= bytes;
            roomy = more && reserved <= room;
        }
        if (roomy) {
            fetchAhead();
        }
    }

    /** Called when the reader has waited for a chunk. May raise the maximum number of GETs. */
    void waited(long nanos) {
        boolean grown;
        synchronized (this) {
            grown = isHeldByLimit() && size.waited(nanos);
        }
        if (grown) {
            fetchAhead();
        }
    }

    /**
     * Drops the object of a reader that has ended.
     *
     * @param onDiscard receives the chunks that were not read
     */
    void leave(Reader ended, Consumer<ByteBuffer> onDiscard) {
        List<PartFetch> dropped = new ArrayList<>();
        synchronized (this) {
            drop(ended.object(), dropped);
            reader = null;
            restIfOver();
        }
        cancel(dropped, onDiscard);
    }

    /**
     * Closes the wait point if no object is being read and no further object will be added. A later read opens it
     * again.
     */
    private void restIfOver() {
        if (noMore && reader == null && waitPoint != null) {
            waitPoint.close();
            waitPoint = null;
        }
    }

    private @Nullable Reader readerOf(ObjectParts object) {
        return reader != null && reader.object() == object ? reader : null;
    }

    // == fetching ==

    /** Sends GETs on the client's threads until the window has no more room. */
    void fetchAhead() {
        if (wip.getAndIncrement() == 0) {
            try {
                threads.execute(this::fetchLoop);
            } catch (Throwable noThread) {
                wip.set(0);
                fail(noThread);
            }
        }
    }

    private void fetchLoop() {
        int missed = 1;
        while (missed != 0) {
            try {
                for (PartFetch fetch = next(); fetch != null; fetch = next()) {
                    fetch.start();
                }
                if (wantsObject()) {
                    wantsObject.run();
                }
            } catch (Throwable t) { // memory has run out, or no thread could be created
                fail(t);
            }
            missed = wip.addAndGet(-missed);
        }
    }

    /**
     * Stops fetching. The reader still receives the parts whose GETs have been sent, and then fails.
     */
    private void fail(Throwable error) {
        Reader waiting;
        synchronized (this) {
            failure = error;
            waiting = reader;
        }
        if (waiting != null) {
            waiting.signal();
        }
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    // == checks ==

    /**
     * A scheduled check of the GETs in progress. While GETs are in progress, the check prevents the window from being
     * garbage-collected.
     */
    private static final class Look implements Runnable {

        private final WeakReference<FetchWindow> owner;
        private volatile @Nullable FetchWindow busy;

        Look(FetchWindow owner) {
            this.owner = new WeakReference<>(owner);
            this.busy = owner;
        }

        @Override
        public void run() {
            FetchWindow atWork = busy;
            FetchWindow window = atWork == null ? owner.get() : atWork;
            if (window != null) {
                window.look();
            }
        }
    }

    /** Makes sure that a check is scheduled. Called when a GET begins. */
    private void watch() {
        if (look == null) {
            Look next = new Look(this);
            LOOKS.schedule(
                    next, Math.max(1, TimeUnit.NANOSECONDS.convert(options.noProgressTimeout()) / PartFetch.LOOKS));
            look = next;
        } else {
            look.busy = this;
        }
    }

    private void ended(int gets) {
        inFlight -= gets;
        if (inFlight == 0 && look != null) {
            look.busy = null;
        }
    }

    /** Aborts GETs that receive too few bytes. */
    private void look() {
        List<PartFetch> fetches = new ArrayList<>();
        synchronized (this) {
            look = null;
            if (inFlight > 0) {
                watch();
            }
            objects.all().forEach(object -> fetches.addAll(object.parts()));
        }
        for (PartFetch fetch : fetches) {
            Throwables.attempt(fetch::look, Context.empty());
        }
    }

    private synchronized boolean wantsObject() {
        return opened && !noMore && room < 0 && inFlight < size.limit() && objects.size() < MAX_OBJECTS;
    }

    private @Nullable PartFetch next() {
        PartFetch fetch;
        Reader waiting;
        synchronized (this) {
            ObjectParts object = opened && inFlight < size.limit() ? nextObject() : null;
            if (object == null) {
                return null;
            }
            int length = object.nextLength(options, partBytes());
            object.begin(options, threads.limits(), !CrtClient.is(client));
            Part part = new Part(object.next(), length, reporter, new PartSums(object.checksum(), object.next()));
            fetch = new PartFetch(
                    client, options, object.version(), object.checksum(), part, size, new PartEvents(object, part));
            object.add(fetch, length);
            objects.fetched(object);
            reserved += length;
            inFlight++;
            watch();
            if (object.isComplete()) {
                objects.completed(object);
            }
            waiting = readerOf(object);
        }
        if (waiting != null) {
            waiting.signal();
        }
        return fetch;
    }

    /**
     * Returns the first object that has a next part, if the window has room for that part. Otherwise returns null. In
     * this case, {@code room} is set: the part can be fetched as soon as the number of reserved bytes is at most {@code
     * room}. If no object has a next part, {@code room} is -1.
     */
    private @Nullable ObjectParts nextObject() {
        room = -1;
        boolean inOrder = true;
        for (ObjectParts object : objects.incomplete()) {
            if (object.awaitsSize()) {
                inOrder &= object.isListedEmpty();
                continue;
            }
            // A part that the reader waits for may use the whole window, however few GETs are allowed.
            long all = inOrder && isAwaited(object) ? options.windowBytes() : bytes();
            int part = partBytes();
            long most = all - object.nextLength(options, part) - (inOrder ? 0 : part);
            if (reserved > most) {
                room = Math.max(0, most);
                return null;
            }
            return object;
        }
        return null;
    }

    private boolean isAwaited(ObjectParts object) {
        return objects.isFirst(object) && object.head() == null;
    }

    private long bytes() {
        return Math.min(options.windowBytes(), (long) size.limit() * options.partSize());
    }

    /**
     * Returns the current maximum length of a part. If more GETs are allowed, parts are smaller, so that the window has
     * room for one part per GET.
     */
    private int partBytes() {
        int least = Math.min(options.partSize(), LEAST_PART_BYTES);
        int share = options.windowBytes() / size.limit();
        return Math.max(least, Math.min(options.partSize(), share - share % LEAST_PART_BYTES));
    }

    /** Returns whether fetching is limited by the maximum number of GETs, and not by the window's size. */
    private boolean isHeldByLimit() {
        // false until the first chunk has been taken, because the wait for this chunk does not mean that more GETs are
        // needed
        return taken && (inFlight >= size.limit() || (room >= 0 && bytes() < options.windowBytes()));
    }

    private final class PartEvents implements PartFetch.Events {

        private final ObjectParts object;
        private final Part part;

        PartEvents(ObjectParts object, Part part) {
            this.object = object;
            this.part = part;
        }

        @Override
        public void answered() {
            Reader waiting = null;
            boolean more = false;
            synchronized (FetchWindow.this) {
                if (object.awaitsSize()) {
                    reserved -= object.sized(part);
                    if (object.isComplete()) {
                        objects.completed(object);
                    }
                    waiting = readerOf(object);
                    more = true;
                }
                size.answered();
                if (reader != null && reader.isStarving() && isHeldByLimit()) {
                    size.starved();
                    more = true;
                }
            }
            if (waiting != null) {
                waiting.signal();
            }
            if (more) {
                fetchAhead();
            }
        }

        @Override
        public void slowDown(int round) {
            size.slowDown(round);
        }

        @Override
        public void over() {
            synchronized (FetchWindow.this) {
                ended(1);
            }
            fetchAhead();
        }
    }
}
