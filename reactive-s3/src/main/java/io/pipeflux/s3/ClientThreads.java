package io.pipeflux.s3;

import io.pipeflux.core.internal.TimerThread;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The threads that call a client's methods and process its listings. A client may block such a thread, for example
 * while it gets credentials. These threads never call a subscriber, so no subscriber can delay another one.
 *
 * <p>Each client has up to 8 daemon threads, named {@code pipeflux-s3-N}. They are created on demand, and end after 10
 * seconds without a task. If a client blocks all 8 threads simultaneously, only the channels of that client are held
 * up.
 *
 * <p>No method of this class blocks, or takes a lock that is held for more than a few instructions. Event loops may
 * therefore call all of them.
 */
final class ClientThreads implements Executor {

    static final int MAX_THREADS = 8;

    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Map<Key, ClientThreads> OF_CLIENTS = new ConcurrentHashMap<>();
    private static final ReferenceQueue<S3AsyncClient> GONE = new ReferenceQueue<>();
    private static final AtomicInteger MADE = new AtomicInteger();

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedDeque<Worker> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger workers = new AtomicInteger();

    private final StoreLimits limits = new StoreLimits();
    private final ClientRetries retries = new ClientRetries();
    private final OutageLog outages = new OutageLog();
    private final PartBlocks blocks = new PartBlocks();

    ClientThreads() {}

    /** Returns the limits of the client's store: the kinds of requests that it does not support. */
    StoreLimits limits() {
        return limits;
    }

    /** Returns the memory for the parts that the client uploads. */
    PartBlocks blocks() {
        return blocks;
    }

    /** Returns the plugin that switches the client's own retries off. */
    ClientRetries retries() {
        return retries;
    }

    /** Returns the log of the outages of the client's store. */
    OutageLog outages() {
        return outages;
    }

    /** Returns the threads of a client. All channels of the client share them. */
    static ClientThreads of(S3AsyncClient client) {
        for (Reference<?> gone = GONE.poll(); gone != null; gone = GONE.poll()) {
            OF_CLIENTS.remove(gone);
        }
        ClientThreads known = OF_CLIENTS.get(new Key(client, null));
        return known != null
                ? known
                : OF_CLIENTS.computeIfAbsent(new Key(client, GONE), unknown -> new ClientThreads());
    }

    /**
     * Runs a task on one of the threads. If the task throws, the thread's uncaught-exception handler is called.
     *
     * @throws OutOfMemoryError if no thread exists and none can be created. In this case the task is not run
     */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        Worker waiting = idle.pollFirst();
        if (waiting != null) {
            LockSupport.unpark(waiting);
            return;
        }
        for (int n = workers.get(); n < MAX_THREADS; n = workers.get()) {
            if (workers.compareAndSet(n, n + 1)) {
                try {
                    new Worker().start();
                } catch (Throwable t) {
                    workers.decrementAndGet();
                    if (n == 0 && tasks.remove(task)) { // no other thread will run the task
                        throw t;
                    }
                }
                return;
            }
        }
    }

    /**
     * Runs a task like {@link #execute}, but after a delay.
     *
     * @param ifNoThread receives the error if no thread could be created for the task
     */
    TimerThread.Timed schedule(Runnable task, Consequence ifNoThread, long delayNanos) {
        return TimerThread.shared()
                .schedule(
                        () -> {
                            try {
                                execute(task);
                            } catch (Throwable t) {
                                ifNoThread.failed(t);
                            }
                        },
                        delayNanos);
    }

    /** Handles the error if no thread could be created for a task. */
    interface Consequence {
        void failed(Throwable error);
    }

    /**
     * Calls the client and emits its response, both on these threads. If the subscriber cancels, the client's future is
     * cancelled.
     */
    <T> Mono<T> call(Supplier<CompletableFuture<T>> request) {
        return Mono.create(sink -> {
            try {
                execute(() -> send(request, sink));
            } catch (Throwable noThread) { // not thrown, because Reactor would pass it to the caller of subscribe()
                sink.error(noThread);
            }
        });
    }

    /** Runs a task on these threads and emits its result. */
    <T> Mono<T> run(Callable<T> task) {
        return Mono.create(sink -> {
            try {
                execute(() -> {
                    try {
                        sink.success(task.call());
                    } catch (Throwable t) {
                        sink.error(signalled(t));
                    }
                });
            } catch (Throwable noThread) {
                sink.error(noThread);
            }
        });
    }

    private <T> void send(Supplier<CompletableFuture<T>> request, MonoSink<T> sink) {
        try {
            CompletableFuture<T> sent = request.get();
            if (sent == null) {
                throw noFuture();
            }
            AtomicBoolean cancelled = new AtomicBoolean();
            sink.onCancel(() -> {
                cancelled.set(true);
                sent.cancel(true);
            });
            var unused = sent.whenComplete((answer, error) -> {
                if (cancelled.get()) { // nobody waits for the error of a cancelled future
                    return;
                }
                try {
                    execute(() -> signal(sink, answer, error));
                } catch (Throwable noThread) { // emit on the client's thread, because losing the signal would be worse
                    sink.error(noThread);
                }
            });
        } catch (Throwable t) { // thrown by the client or by one of the caller's hooks
            sink.error(signalled(t));
        }
    }

    /** Wraps an error if Reactor's operators would throw it on this thread instead of passing it on. */
    private static Throwable signalled(Throwable t) {
        return Exceptions.isFatal(t) ? new CompletionException(t) : t;
    }

    private static <T> void signal(MonoSink<T> sink, @Nullable T answer, @Nullable Throwable error) {
        if (error != null) {
            sink.error(signalled(error));
        } else if (answer == null) {
            sink.error(new IllegalStateException("expected an answer, but the client's future completed with null"));
        } else {
            sink.success(answer);
        }
    }

    static IllegalStateException noFuture() {
        return new IllegalStateException("expected a future of the client's answer, but the client returned null");
    }

    /** Emits a value on one of these threads after a delay. */
    Mono<Long> delay(long nanos) {
        return Mono.create(sink -> {
            try {
                TimerThread.Timed timed = schedule(() -> sink.success(nanos), sink::error, nanos);
                sink.onDispose(timed::cancel);
            } catch (Throwable noThread) {
                sink.error(noThread);
            }
        });
    }

    private final class Worker extends Thread {

        Worker() {
            super(null, null, "pipeflux-s3-" + MADE.incrementAndGet(), 0, false);
            setDaemon(true);
        }

        @Override
        public void run() {
            while (true) {
                Runnable task = tasks.poll();
                if (task != null) {
                    run(task);
                    continue;
                }
                long since = System.nanoTime();
                idle.addFirst(this);
                if (tasks.isEmpty()) { // checked again, because a task may have been added before this thread was idle
                    LockSupport.parkNanos(ClientThreads.this, KEEP_NANOS);
                }
                interrupted(); // clears the interrupt flag, which would prevent the next park
                if (idle.remove(this) && System.nanoTime() - since >= KEEP_NANOS && hasEnded()) {
                    return;
                }
            }
        }

        /** Returns false if another task has been added that this thread must run. Otherwise, this thread may end. */
        private boolean hasEnded() {
            workers.decrementAndGet();
            if (tasks.isEmpty()) {
                return true;
            }
            for (int n = workers.get(); n < MAX_THREADS; n = workers.get()) {
                if (workers.compareAndSet(n, n + 1)) {
                    return false;
                }
            }
            return true;
        }

        private void run(Runnable task) {
            try {
                task.run();
            } catch (Throwable t) {
                try {
                    getUncaughtExceptionHandler().uncaughtException(this, t);
                } catch (Throwable ofTheHandler) { // keep this thread, because other tasks need it
                    return;
                }
            }
        }
    }

    /** Compares clients by identity, because the equals method of a custom client may behave differently or throw. */
    private static final class Key extends WeakReference<S3AsyncClient> {

        private final int hash;

        Key(S3AsyncClient client, @Nullable ReferenceQueue<S3AsyncClient> queue) {
            super(client, queue);
            this.hash = System.identityHashCode(client);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        @SuppressWarnings("ReferenceEquality")
        public boolean equals(@Nullable Object other) {
            if (this == other) {
                return true;
            }
            S3AsyncClient client = get();
            return client != null && other instanceof Key key && key.get() == client;
        }
    }
}
