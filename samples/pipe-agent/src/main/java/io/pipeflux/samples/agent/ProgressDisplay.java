package io.pipeflux.samples.agent;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Shows the progress of each channel. On a terminal, each channel has one line that is updated in place. Elsewhere, a
 * new line with the current time is printed for each channel every few seconds. A channel that has ended is not shown.
 */
final class ProgressDisplay implements AutoCloseable {

    private static final Duration REFRESH = Duration.ofMillis(500);
    private static final String UP_AND_CLEAR = "\033[1A\033[2K";
    private static final double NANOS = 1e9;

    private final List<ChannelProgress> channels;
    private final PrintWriter out;
    private final boolean terminal;
    private final Map<ChannelProgress, Long> shownBytes = new HashMap<>();
    private final Scheduler scheduler = Schedulers.newSingle("pipe-agent-progress", true);
    private final Disposable showing;

    private long shownAt = System.nanoTime();
    private int shownLines;

    private ProgressDisplay(List<ChannelProgress> channels, PrintWriter out, boolean terminal, Duration every) {
        this.channels = channels;
        this.out = out;
        this.terminal = terminal;
        Flux<Long> ticks = terminal
                ? Flux.interval(REFRESH, scheduler)
                : every.isZero() ? Flux.never() : Flux.interval(every, scheduler);
        this.showing = ticks.onBackpressureDrop().subscribe(tick -> show());
    }

    /**
     * Starts the display.
     *
     * @param every the interval between new lines if the output is not a terminal; 0 for no such lines
     */
    static ProgressDisplay start(List<ChannelProgress> channels, PrintWriter out, boolean terminal, Duration every) {
        return new ProgressDisplay(channels, out, terminal, every);
    }

    /** Prints a line that stays on the screen when the progress lines are updated. */
    synchronized void say(String line) {
        clear();
        print(line);
        if (terminal && shownLines > 0) {
            draw();
        }
        out.flush();
    }

    private synchronized void show() {
        clear();
        draw();
        out.flush();
    }

    private void clear() {
        for (int i = 0; terminal && i < shownLines; i++) {
            out.print(UP_AND_CLEAR);
        }
    }

    private void draw() {
        long now = System.nanoTime();
        double seconds = Math.max(1, now - shownAt) / NANOS;
        shownAt = now;
        List<ChannelProgress> running =
                channels.stream().filter(channel -> !channel.isOver()).toList();
        shownLines = running.size();
        for (ChannelProgress channel : running) {
            long bytes = channel.bytes();
            Long before = shownBytes.put(channel, bytes);
            String line = channel.line((bytes - (before == null ? 0 : before)) / seconds);
            print(line);
        }
    }

    private void print(String text) {
        String line = Printable.line(text);
        out.println(terminal ? line : stamped(line));
    }

    private static String stamped(String line) {
        LocalTime now = LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
        return DateTimeFormatter.ISO_LOCAL_TIME.format(now) + " " + line;
    }

    @Override
    public void close() {
        showing.dispose();
        scheduler.dispose();
    }
}
