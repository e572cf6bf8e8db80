package io.pipeflux.samples.agent;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Logs events that any client can cause. It logs the first event, and then at most one event per minute, together with
 * the number of events that were not logged.
 */
final class RareLog {

    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST_CHARACTERS = 200;

    private final String what;
    private final LongSupplier nanoTime;
    private final Consumer<String> lines;
    private boolean hasLogged;
    private long loggedAt;
    private long others;

    RareLog(String what, LongSupplier nanoTime, Consumer<String> lines) {
        this.what = what;
        this.nanoTime = nanoTime;
        this.lines = lines;
    }

    synchronized void report(String reason) {
        long now = nanoTime.getAsLong();
        if (hasLogged && now - loggedAt < PAUSE_NANOS) {
            others++;
            return;
        }
        String line = Printable.line(what + ": " + reason);
        String cut = line.length() > MOST_CHARACTERS ? line.substring(0, MOST_CHARACTERS) + "..." : line;
        lines.accept(
                hasLogged
                        ? cut + " (and " + others + " others since the last such line)"
                        : cut + " (others are logged at most once a minute)");
        hasLogged = true;
        loggedAt = now;
        others = 0;
    }
}
