package io.pipeflux.samples.training;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What SIGTERM and SIGINT do to a training: the process ends when the training has finished its step and kept its
 * state, or when the time for that is over. The exit code is then the signal's, 143 (130), whatever the program
 * returns.
 *
 * <pre>
 *   signal --&gt; {@link #isRequested}, {@link #requested} --&gt; the training ends its loop --&gt; {@link #close} --&gt; the process ends
 * </pre>
 */
final class Stop implements AutoCloseable {

    /** What a process returns that SIGTERM has ended. */
    static final int EXIT_CODE = 143;

    private final PrintWriter out;
    private final Thread hook = new Thread(this::signalled, "stop");
    private final Sinks.Empty<Object> requested = Sinks.empty();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Duration within = Duration.ofSeconds(60);
    private volatile boolean isRequested;
    private volatile @Nullable Supplier<String> loss;

    private Stop(PrintWriter out) {
        this.out = out;
    }

    /** Waits for signals until it is closed. */
    static Stop onSignal(PrintWriter out) {
        Stop stop = new Stop(out);
        Runtime.getRuntime().addShutdownHook(stop.hook);
        return stop;
    }

    /**
     * From now on a signal waits for the end of the training.
     *
     * @param within how long; 0: not at all, because the training keeps nothing
     * @param loss what is lost if the training does not end in time
     */
    void waitFor(Duration within, Supplier<String> loss) {
        this.within = within;
        this.loss = loss;
    }

    boolean isRequested() {
        return isRequested;
    }

    /** Completes when a stop is requested. */
    Mono<Object> requested() {
        return requested.asMono();
    }

    private void signalled() {
        isRequested = true;
        Supplier<String> lost = loss;
        if (lost == null) {
            return; // nothing to finish
        }
        if (within.isZero()) {
            out.println("stopped: " + lost.get());
            out.flush();
            return;
        }
        out.printf(
                "asked to stop: the step that has begun is finished first, %d s are given to that%n",
                within.toSeconds());
        // on a thread of its own: it closes what the training reads, and must not hold up the deadline
        Thread waker = new Thread(requested::tryEmitEmpty, "stop-requested");
        waker.setDaemon(true);
        waker.start();
        try {
            if (!ended.await(within.toMillis(), TimeUnit.MILLISECONDS)) {
                out.printf("not stopped within %d s: %s%n", within.toSeconds(), lost.get());
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In another shutdown hook: waits until the training has ended, or its time is over. */
    void awaitEnd() {
        try {
            if (loss != null) {
                ended.await(within.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The job has ended, and has said all it has to say, also why it failed: the process may end before this returns.
     */
    @Override
    public void close() {
        out.flush();
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // a signal has come, and the hook runs
        }
    }
}
