package io.pipeflux.samples.training;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Help.Ansi;

/** Shows the progress of a task: a bar on a terminal, elsewhere a line for every tenth of the steps. */
interface Progress extends AutoCloseable {

    /** Records that one more step is done, and shows {@code detail} beside it. */
    void step(String detail);

    @Override
    void close();

    static Progress of(String task, int steps, PrintWriter out) {
        return Ansi.AUTO.enabled() ? new Bar(task, steps) : new Lines(task, steps, out);
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

    /** Prints plain lines. */
    final class Lines implements Progress {

        private final String task;
        private final int steps;
        private final PrintWriter out;
        private int done;

        Lines(String task, int steps, PrintWriter out) {
            this.task = task;
            this.steps = steps;
            this.out = out;
        }

        @Override
        public void step(String detail) {
            done++;
            if ((long) done * 10 / steps > (done - 1L) * 10 / steps) {
                out.printf("%s: %,d of %,d, %s%n", task, done, steps, detail);
            }
        }

        @Override
        public void close() {}
    }
}
