package io.pipeflux.samples.training.modes;

import java.io.PrintWriter;
import java.util.Locale;

/** Compares a run in file mode with a run in pipe mode on the same data. */
public record ModeComparison(ModeFigures file, ModeFigures pipe) {

    /**
     * Returns how much earlier the training began in pipe mode than in file mode, as a fraction. 0.9 means 90 %
     * earlier, and a negative fraction means later.
     */
    public double startUpSaved() {
        return 1 - pipe.startUpSeconds() / file.startUpSeconds();
    }

    /**
     * Returns how much less time the whole run took in pipe mode than in file mode, as a fraction. 0.3 means 30 % less.
     */
    public double totalSaved() {
        return 1 - pipe.totalSeconds() / file.totalSeconds();
    }

    /** Prints the figures of the two runs as a Markdown table. */
    public void print(PrintWriter out) {
        out.println("| | File mode | Pipe mode | |");
        out.println("|---|---:|---:|---:|");
        row(
                out,
                "start-up: until the first batch",
                "%.3f s",
                file.startUpSeconds(),
                pipe.startUpSeconds(),
                saved(startUpSaved()));
        row(out, "disk used", "%.1f MB", file.diskBytes() / 1e6, pipe.diskBytes() / 1e6, "");
        row(out, "throughput, of the whole", "%.1f MB/s", file.megabytesPerSecond(), pipe.megabytesPerSecond(), "");
        row(out, "total time", "%.2f s", file.totalSeconds(), pipe.totalSeconds(), saved(totalSaved()));
    }

    private static void row(PrintWriter out, String name, String format, double file, double pipe, String remark) {
        out.printf(
                Locale.ROOT, "| %-31s | %12s | %12s | %-15s |%n", name, text(format, file), text(format, pipe), remark);
    }

    private static String text(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static String saved(double share) {
        return String.format(Locale.ROOT, "%.0f %% %s", Math.abs(share) * 100, share >= 0 ? "shorter" : "LONGER");
    }
}
