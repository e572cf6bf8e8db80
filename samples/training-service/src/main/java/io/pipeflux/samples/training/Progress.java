package io.pipeflux.samples.training;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Help.Ansi;

/** Shows the progress of a task: as a bar on a terminal, and as {@link Lines} elsewhere. */
interface Progress extends AutoCloseable {

    /** Counts one more completed step, and shows {@code detail} next to the number of steps. */
    void step(String detail);

    @Override
    void close();

    static Progress of(String task, int steps, PrintWriter out) {
        return Ansi.AUTO.enabled() ? new Bar(task, steps) : new Lines(task, steps, out, System::nanoTime);
    }

    /** Draws a bar on the terminal's error stream. */
    final class Bar implements Progress {

        private final ProgressBar bar;

        Bar(String task, int steps) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(steps)
                    .setStyle(ProgressBarStyle.ASCII)
                    .build();
        }

        @Override
        public void step(String detail) {
            bar.step();
            bar.setExtraMessage(detail);
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    /**
     * Prints plain lines: for the first step, each time another tenth of the expected steps is done, whenever half a
     * minute has passed since the previous line, and for the final step. There may be fewer steps than expected,
     * because the data may end earlier.
     */
    final class Lines implements Progress {

        private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(30);

        private final String task;
        private final int steps;
        private final PrintWriter out;
        private final LongSupplier nanoTime;
        private int done;
        private int shown;
        private long shownAt;
        private String detail = "";

        Lines(String task, int steps, PrintWriter out, LongSupplier nanoTime) {
            this.task = task;
            this.steps = steps;
            this.out = out;
            this.nanoTime = nanoTime;
        }

        @Override
        public void step(String detail) {
            done++;
            this.detail = detail;
            boolean tenth = (long) done * 10 / steps > (done - 1L) * 10 / steps;
            if (done == 1 || tenth || nanoTime.getAsLong() - shownAt >= MOST_NANOS) {
                show();
            }
        }

        private void show() {
            out.printf(Locale.ROOT, "%s: %,d of %,d, %s%n", task, done, steps, detail);
            out.flush();
            shown = done;
            shownAt = nanoTime.getAsLong();
        }

        @Override
        public void close() {
            if (done > shown) {
                show();
            }
        }
    }
}
