package io.pipeflux.samples.training.service;

import io.pipeflux.samples.training.input.Printable;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The log of a job. Keeps all lines in a file, and the most recent lines also in memory. */
final class JobLog {

    static final int KEPT = 200;

    private static final Logger LOG = Loggers.getLogger(JobLog.class);

    private final JobDirectory directory;
    private final Deque<String> last = new ArrayDeque<>();
    private long count;

    JobLog(JobDirectory directory) {
        this.directory = directory;
    }

    /** Reads the lines that an earlier process wrote. Blocks. */
    synchronized void read() throws IOException {
        directory.log().forEach(this::keep);
    }

    /** Adds a line, and blocks until it is written to the file. */
    synchronized void add(String text) {
        String line = Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + Printable.line(text);
        keep(line);
        try {
            directory.appendLog(line);
        } catch (IOException e) { // a full disk, for example, must not end the training
            LOG.warn("{}: the log could not be written: {}", directory, e.toString());
        }
    }

    private void keep(String line) {
        last.add(line);
        count++;
        if (last.size() > KEPT) {
            last.remove();
        }
    }

    /**
     * Log lines that a reader has not received before.
     *
     * @param count the total number of lines in the log so far. The reader passes this number to its next call of
     *     {@link #after}
     */
    record News(List<String> lines, long count) {}

    /** Returns the log lines after the first {@code seen}, except those that are no longer in memory. */
    synchronized News after(long seen) {
        long skipped = Math.max(0, last.size() - (count - seen));
        return new News(last.stream().skip(skipped).toList(), count);
    }
}
