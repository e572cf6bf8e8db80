package io.pipeflux.samples.training;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Handles SIGTERM and SIGINT. After a signal, the process ends when the training has finished its step and saved its
 * state, or after a time limit. The process's exit code is 143 for SIGTERM or 130 for SIGINT, whatever exit code the
 * program returns.
 *
 * <pre>{@code
 *   signal -> isRequested and requested -> the training ends its loop -> close -> the process ends
 * }</pre>
 */
final class Stop implements AutoCloseable {

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

    /** Returns an instance that handles signals until it is closed. */
    static Stop onSignal(PrintWriter out) {
        Stop stop = new Stop(out);
        Runtime.getRuntime().addShutdownHook(stop.hook);
        return stop;
    }

    /**
     * After this call, a signal ends the process only when the training has ended or the time limit has expired.
     *
     * @param within the time limit. If it is 0, a signal ends the process immediately. Use 0 for a training that saves
     *     nothing
     * @param loss describes what is lost if the training does not end in time
     */
    void waitFor(Duration within, Supplier<String> loss) {
        this.within = within;
        this.loss = loss;
    }

    /** Returns whether a signal has arrived. */
    boolean isRequested() {
        return isRequested;
    }

    /** Returns a Mono that completes when a signal arrives. */
    Mono<Object> requested() {
        return requested.asMono();
    }

    private void signalled() {
        isRequested = true;
        Supplier<String> lost = loss;
        if (lost == null) {
            return; // the training has not begun, so there is nothing to finish
        }
        if (within.isZero()) {
            out.println("stopped: " + lost.get());
            out.flush();
            return;
        }
        out.printf(
                Locale.ROOT,
                "asked to stop: the step that has begun is finished first, %d s are given to that%n",
                within.toSeconds());
        // the subscribers close the training's input, which may take longer than the time limit. A separate thread
        // notifies them, so that this thread can enforce the limit
        Thread waker = new Thread(requested::tryEmitEmpty, "stop-requested");
        waker.setDaemon(true);
        waker.start();
        try {
            if (!ended.await(within.toMillis(), TimeUnit.MILLISECONDS)) {
                out.printf(Locale.ROOT, "not stopped within %d s: %s%n", within.toSeconds(), lost.get());
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until the training has ended or the time limit has expired. Called by other shutdown hooks. */
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
     * Lets the process end if a signal has arrived. The process may then end before this method returns, so everything
     * must be printed before this call, including the reason for a failure.
     */
    @Override
    public void close() {
        out.flush();
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // a signal has arrived, so this shutdown hook is already running and can no longer be removed
        }
    }
}
