package io.pipeflux.samples.training.service;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineMonitor.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the long waits for data in a run, and reports each of them once, for the job's log. Ignores waits for the
 * trainer, because they are normal: the job may be paused, and while the trainer trains, it does not read the channel
 * {@code eval}. Not thread-safe.
 */
final class LongWaits {

    private static final Set<Cause> LOGGED =
            EnumSet.of(Cause.PIPE, Cause.WRITER, Cause.BYTES, Cause.LIST, Cause.OBJECT, Cause.UPSTREAM);

    private final Duration threshold;
    private Set<String> known = Set.of();
    private JobPhase phase = JobPhase.train;
    private long loaded;
    private long since;
    private boolean said;

    LongWaits(Duration threshold) {
        this.threshold = threshold;
    }

    /** Returns a line for each wait that has become long since the previous call. */
    List<String> look(List<PipelineMonitor> monitors) {
        Set<String> all = new HashSet<>();
        List<String> lines = new ArrayList<>();
        for (PipelineMonitor monitor : monitors) {
            for (Wait wait : longWaits(monitor)) {
                String name = monitor.name() + " " + wait.where() + " " + wait.cause();
                all.add(name);
                if (!known.contains(name)) {
                    lines.add("stalled: " + wait + side(monitor));
                }
            }
        }
        known = all;
        return lines;
    }

    /**
     * Returns the long waits for pipes and for the store. Waits for an upstream step are returned only if there are no
     * others, because a wait for a pipe or the store makes all downstream steps wait, too.
     */
    private List<Wait> longWaits(PipelineMonitor monitor) {
        List<Wait> all = monitor.waits().stream()
                .filter(wait -> LOGGED.contains(wait.cause()) && wait.duration().compareTo(threshold) >= 0)
                .toList();
        List<Wait> first =
                all.stream().filter(wait -> wait.cause() != Cause.UPSTREAM).toList();
        return first.isEmpty() ? all : first;
    }

    /** Returns the channel and the side that a monitor's name contains, see {@link JobMonitors}. */
    private static String side(PipelineMonitor monitor) {
        String name = monitor.name();
        String channel = name.contains("/eval") ? JobRequest.EVAL : JobRequest.TRAIN;
        return " (channel " + channel + ", " + (name.endsWith("/agent") ? "the agent" : "the training") + ")";
    }

    /**
     * Returns a line if the listing or the download has made no progress for a long time.
     *
     * @param is the current phase, {@link JobPhase#list} or {@link JobPhase#download}
     * @param bytes the number of bytes that have been downloaded so far
     * @param nanos the current time
     */
    List<String> before(JobPhase is, long bytes, long nanos) {
        if (is != phase || bytes != loaded) {
            phase = is;
            loaded = bytes;
            since = nanos;
            said = false;
            return List.of();
        }
        if (said || nanos - since < threshold.toNanos()) {
            return List.of();
        }
        said = true;
        String time = Duration.ofNanos(nanos - since).toSeconds() + " s";
        return List.of(
                is == JobPhase.list
                        ? "stalled: the listing of the data has not ended after " + time
                        : "stalled: no byte was downloaded for " + time + ", after " + bytes + " bytes");
    }
}
