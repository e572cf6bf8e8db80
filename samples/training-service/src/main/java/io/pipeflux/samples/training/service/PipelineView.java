package io.pipeflux.samples.training.service;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineMonitor.Wait;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Shows which steps of a job's pipeline are waiting, and how full their queues are. A single thread updates this view
 * several times per second. A step's {@code waitShare} is the fraction of the updates at which the step was waiting.
 *
 * <pre>
 *   s3 -> window -> pipe                       from the agent's monitor
 *   decode -> queue -> batches -> trainer      from the reader's monitor
 * </pre>
 */
final class PipelineView {

    private static final String MEGABYTES = "MB/s";
    private static final double MEGA = 1e6;
    private static final double PIPE_BYTES = 1 << 20;
    private static final double AHEAD_BYTES = 8 << 20;
    private static final double AHEAD_ROWS = 8192;
    private static final double SHARE_SECONDS = 4;

    private final PipelineMonitor agent;
    private final PipelineMonitor reader;
    private final JobRequest request;
    private final int windowBytes;
    private final int queueRecords;
    private final Map<String, Double> shares = new LinkedHashMap<>();
    private final Rate agentBytes;
    private final Rate readerBytes;
    private final Rate records;
    private final Rate batches;
    private final WorkTime work;
    private final long createdAt = System.nanoTime();
    private long workedNanos;

    /** @param work the time that the trainer spends computing on the data of this pipeline */
    PipelineView(
            PipelineMonitor agent,
            PipelineMonitor reader,
            WorkTime work,
            JobRequest request,
            int windowBytes,
            int queueRecords) {
        this.agent = agent;
        this.reader = reader;
        this.work = work;
        this.request = request;
        this.windowBytes = windowBytes;
        this.queueRecords = queueRecords;
        this.workedNanos = work.nanos();
        this.agentBytes = new Rate(agent.bytes());
        this.readerBytes = new Rate(reader.bytes());
        this.records = new Rate(reader.records());
        this.batches = new Rate(reader.batches());
    }

    /** Returns the seconds since this view was created. Its first update must not cover a longer time. */
    double age(long now) {
        return Math.max(0, now - createdAt) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /**
     * Updates the view from the monitors.
     *
     * @param seconds the seconds since the previous update
     * @param phase the current phase of the run
     * @param paused whether the job is paused. A paused job still completes an evaluation that is in progress
     */
    List<PipelineStep> look(double seconds, JobPhase phase, boolean paused) {
        agentBytes.look(agent.bytes(), seconds);
        readerBytes.look(reader.bytes(), seconds);
        records.look(reader.records(), seconds);
        batches.look(reader.batches(), seconds);
        Map<String, Cause> waits = new LinkedHashMap<>();
        agent.waits()
                .forEach(wait -> waits.putIfAbsent(wait.where().startsWith("s3:") ? "window" : "pipe", wait.cause()));
        reader.waits().forEach(wait -> steps(wait).forEach(step -> waits.putIfAbsent(step, wait.cause())));
        long nanos = work.nanos();
        double busy = seconds <= 0 ? 0 : (nanos - workedNanos) / (seconds * TimeUnit.SECONDS.toNanos(1));
        workedNanos = nanos;

        boolean pipes = request.mode() == JobRequest.Mode.pipe;
        List<PipelineStep> steps = new ArrayList<>();
        if (pipes) {
            double window = Math.min(1, (double) agent.queuedBytes() / windowBytes);
            boolean full = window >= 1 || waits.get("window") == Cause.DEMAND;
            // the agent reads the store only while a reader has the pipe open
            Cause closed = waits.get("pipe") == Cause.READER ? Cause.READER : null;
            steps.add(step(
                    "s3",
                    "S3",
                    null,
                    null,
                    agentBytes,
                    MEGABYTES,
                    full ? "room in the window" : text(closed),
                    seconds));
            steps.add(step(
                    "window",
                    "Window",
                    window,
                    megabytes(agent.queuedBytes()) + " of " + megabytes(windowBytes),
                    agentBytes,
                    MEGABYTES,
                    text(waits.containsKey("window") ? waits.get("window") : closed),
                    seconds));
            long inPipe = Math.max(0, agent.bytes() - reader.bytes());
            steps.add(step(
                    "pipe",
                    "Pipe",
                    Math.min(1, inPipe / PIPE_BYTES),
                    megabytes(inPipe),
                    readerBytes,
                    MEGABYTES,
                    text(waits.get("pipe")),
                    seconds));
        } else {
            steps.add(step("s3", "Files", null, null, readerBytes, MEGABYTES, null, seconds));
        }
        steps.add(step("decode", "Decode", null, null, records, "records/s", text(waits.get("decode")), seconds));
        long queued = Math.max(0, reader.queuedElements());
        steps.add(step(
                "queue",
                "Queue",
                Math.min(1, queued / queueCapacity()),
                queued + " records, " + megabytes(Math.max(0, reader.queuedBytes())),
                records,
                "records/s",
                text(waits.get("queue")),
                seconds));
        steps.add(step("batches", "Batches", null, null, batches, "batches/s", text(waits.get("batches")), seconds));
        String trainer = phase == JobPhase.checkpoint
                ? "the checkpoint"
                : paused && phase == JobPhase.train ? "the resume" : busy < 0.5 ? "a batch" : null;
        steps.add(new PipelineStep(
                "trainer",
                "Trainer",
                null,
                null,
                rate(batches, "batches/s"),
                "batches/s",
                trainer != null,
                trainer,
                share("trainer", 1 - Math.min(1, Math.max(0, busy)), seconds)));
        return steps;
    }

    /** Returns the total number of records that fit into the queue and into the look-ahead of {@code mapAndBatch}. */
    private double queueCapacity() {
        long count = reader.records();
        double size = count == 0 ? 1 : Math.max(1.0, (double) reader.bytes() / count);
        return queueRecords + Math.max(2.0 * request.batchSize(), Math.min(AHEAD_ROWS, AHEAD_BYTES / size));
    }

    private static List<String> steps(Wait wait) {
        String where = wait.where();
        if (where.startsWith("prefetch")) {
            // if prefetch and mapAndBatch run as one step, the step's name begins with "prefetch" and contains
            // "mapAndBatch"
            return where.contains("mapAndBatch") ? List.of("queue", "batches") : List.of("queue");
        }
        return List.of(where.startsWith("mapAndBatch") ? "batches" : "decode");
    }

    private static @Nullable String text(@Nullable Cause cause) {
        return cause == null ? null : cause.toString();
    }

    private PipelineStep step(
            String step,
            String title,
            @Nullable Double fill,
            @Nullable String fillText,
            Rate rate,
            String unit,
            @Nullable String waitsFor,
            double seconds) {
        return new PipelineStep(
                step,
                title,
                fill,
                fillText,
                rate(rate, unit),
                unit,
                waitsFor != null,
                waitsFor,
                share(step, waitsFor == null ? 0 : 1, seconds));
    }

    private static @Nullable Double rate(Rate rate, String unit) {
        Double value = rate.value();
        return value == null || !unit.equals(MEGABYTES) ? value : Double.valueOf(value / MEGA);
    }

    private double share(String step, double now, double seconds) {
        double before = shares.getOrDefault(step, now);
        double share = before + (1 - Math.exp(-seconds / SHARE_SECONDS)) * (now - before);
        shares.put(step, share);
        return share;
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / MEGA);
    }
}
