package io.pipeflux.s3;

import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.Throwables;
import io.pipeflux.core.internal.TimerThread;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The bytes that one subscription holds ahead of its subscriber, over as many objects as they span.
 *
 * <pre>
 *   objects   | a                           | b   | c   | d       | not asked for yet
 *   parts     | a0      | a1      | a2      | b0  | c0  | d0      |
 *               read      here      GET       here  GET   GET       next: when there is room
 *                  |----- reserved, at most the window's bytes ---|
 * </pre>
 *
 * A part's bytes are reserved before its GET goes out, and in order, so the one that is read always has its
 * reservation. Bytes come in as fast as the sockets give them; what holds a window back is that no further GET goes
 * out. Where an object's size is unknown, parts behind it are fetched all the same, but leave room for one of its own.
 *
 * <p>It opens when bytes are first asked for. Objects are read in order: the one that is read sends those before it
 * away.
 */
final class FetchWindow {

    /** The most objects in a window; many tiny ones would cost more than their bytes. */
    /** What the window asks of the one that reads an object of it. */
    interface Reader {

        /** The object that is read. */
        ObjectParts object();

        /** The object's name, for messages. */
        String name();

        /** Returns whether the subscriber has asked for a chunk, and there is none. */
        boolean isStarving();

        /** Reports that there may be another chunk, an error or an end. */
        void signal();
    }

    private static final int MAX_OBJECTS = 1024;

    /** Looks at the GETs of all windows: changes of state alone, so that none waits for another. */
    private static final TimerThread LOOKS = new TimerThread("pipeflux-timer-s3");

    private final S3AsyncClient client;
    private final ClientThreads threads;
    private final S3ReadOptions options;
    private final ChannelThread thread;
    private final PipelineReporter reporter;
    private final Runnable wantsObject;
    private final WindowSize size;
    private final AtomicInteger wip = new AtomicInteger();

    // guarded by this
    private final Deque<ObjectParts> objects = new ArrayDeque<>();
    private final Deque<ObjectParts> incomplete = new ArrayDeque<>();
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
     * @param thread of the channel subscription, for readers that wait
     * @param wantsObject is called when another object could be fetched, until {@link #noMore}; may add it at once
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
        ObjectParts object = new ObjectParts(ref);
        synchronized (this) {
            if (closed) {
                object.leave();
                return object;
            }
            objects.add(object);
            if (!object.isComplete()) {
                incomplete.add(object);
            }
        }
        fetchAhead();
        return object;
    }

    /** There are no further objects. */
    synchronized void noMore() {
        noMore = true;
        restIfOver();
    }

    /** No further object is wanted: what is read now goes on, all else goes. */
    void close() {
        List<PartFetch> dropped = new ArrayList<>();
        synchronized (this) {
            closed = true;
            for (ObjectParts object : List.copyOf(objects)) {
                if (readerOf(object) == null) {
                    drop(object, dropped);
                }
            }
            noMore();
        }
        cancel(dropped, chunk -> {});
    }

    /** Aborts the GETs of an object that is not read any further; its reader will leave. */
    void stop(ObjectParts object) {
        List<PartFetch> fetches;
        synchronized (this) {
            object.leave();
            incomplete.remove(object);
            fetches = List.copyOf(object.parts());
        }
        int stopped = 0;
        for (PartFetch fetch : fetches) {
            stopped += fetch.cancel() ? 1 : 0;
        }
        synchronized (this) {
            ended(stopped);
        }
        fetchAhead();
    }

    private void drop(ObjectParts object, List<PartFetch> dropped) {
        object.leave();
        objects.remove(object);
        incomplete.remove(object);
        for (PartFetch fetch : object.parts()) {
            reserved -= fetch.part().untaken();
            dropped.add(fetch);
        }
    }

    private void cancel(List<PartFetch> dropped, Consumer<ByteBuffer> onDiscard) {
        int stopped = 0;
        for (PartFetch fetch : dropped) {
            stopped += fetch.cancel() ? 1 : 0;
            fetch.part().discard(onDiscard);
        }
        synchronized (this) {
            ended(stopped);
        }
        fetchAhead();
    }

    // == the reader ==

    /**
     * Makes a reader of an object, for which the objects before it are dropped.
     *
     * @param make returns the reader, given the point at which it waits
     * @return null if the object cannot be read here, or not now
     */
    <R extends Reader> @Nullable R read(ObjectParts object, long from, Function<PipelineReporter.WaitPoint, R> make) {
        List<PartFetch> dropped = new ArrayList<>();
        R next;
        synchronized (this) {
            if (closed || reader != null || !object.readFrom(from)) {
                return null;
            }
            for (ObjectParts first = objects.getFirst(); first != object; first = objects.getFirst()) {
                drop(first, dropped);
            }
            if (object.isComplete()) { // it begins at its end
                incomplete.remove(object);
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

    /** Returns the thread of the channel subscription, for readers that wait. */
    ChannelThread thread() {
        return thread;
    }

    PipelineReporter reporter() {
        return reporter;
    }

    private synchronized String name() {
        return reader == null ? "objects" : reader.name();
    }

    /** Bytes are asked for. */
    void open() {
        synchronized (this) {
            opened = true;
        }
        fetchAhead();
    }

    /** A chunk was taken; in its room more is fetched, if more is wanted. */
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

    /**
     * The reader has ended, one way or the other.
     *
     * @param onDiscard takes the chunks that were there for it
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

    /** Nothing waits here any more, unless an object that is left is read after all. */
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

    /** Sends what GETs there is room for, on the client's threads. */
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
            } catch (Throwable t) { // there was no memory, or no thread
                fail(t);
            }
            missed = wip.addAndGet(-missed);
        }
    }

    /** Nothing will be fetched any more that is not under way: the reader fails where it would have to wait for it. */
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

    // == looking ==

    /** One look to come. Holds on to a window only as long as GETs are under way. */
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

    /** A GET begins. */
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

    /** Breaks GETs that bring nothing. */
    private void look() {
        List<PartFetch> fetches = new ArrayList<>();
        synchronized (this) {
            look = null;
            if (inFlight > 0) {
                watch();
            }
            objects.forEach(object -> fetches.addAll(object.parts()));
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
            int length = object.nextLength(options);
            Part part = new Part(object.next(), length, reporter);
            fetch = new PartFetch(client, options, object.version(), part, size, new PartEvents(object, part));
            object.add(fetch, length);
            reserved += length;
            inFlight++;
            watch();
            if (object.isComplete()) {
                incomplete.remove(object);
            }
            waiting = readerOf(object);
        }
        if (waiting != null) {
            waiting.signal();
        }
        return fetch;
    }

    /** The first object that has a next part, if there is room for it; else notes how little must be reserved. */
    private @Nullable ObjectParts nextObject() {
        room = -1;
        boolean inOrder = true;
        for (ObjectParts object : incomplete) {
            if (object.awaitsSize()) {
                inOrder &= object.isListedEmpty();
                continue;
            }
            // what is read next is fetched even where the limit was halved below what is held already
            long all = inOrder && isAwaited(object) ? options.windowBytes() : bytes();
            long most = all - object.nextLength(options) - (inOrder ? 0 : options.partSize());
            if (reserved > most) {
                room = Math.max(0, most);
                return null;
            }
            return object;
        }
        return null;
    }

    private boolean isAwaited(ObjectParts object) {
        return objects.peekFirst() == object && object.head() == null;
    }

    private long bytes() {
        return Math.min(options.windowBytes(), (long) size.limit() * options.partSize());
    }

    /** It is the limit, and not the window's bytes, that keeps further parts from being fetched. */
    private boolean isHeldByLimit() {
        // the wait for the very first bytes tells nothing
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
                        incomplete.remove(object);
                    }
                    waiting = readerOf(object);
                    more = true;
                }
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
