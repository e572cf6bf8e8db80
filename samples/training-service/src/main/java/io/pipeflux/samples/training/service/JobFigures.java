package io.pipeflux.samples.training.service;

import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.LogisticModel.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The figures of a job. The thread of the {@link JobRun} calls {@link #add} after each training step, while another
 * thread of the service reads the figures several times per second.
 *
 * <p>Each checkpoint contains the counts of the current epoch, so that a resumed job continues with the same figures.
 */
final class JobFigures {

    /** The maximum number of points of the charts. */
    static final int MOST_POINTS = 600;

    private static final double LEAST_SECONDS = 0.25;
    private static final int POINTS_IN_A_DECADE = 300;
    private static final int MOST_EPOCHS = 200;
    private static final int VERSION = 1;
    private static final int HEADER = Integer.BYTES + 7 * Long.BYTES;
    private static final double MEGA = 1e6;
    private static final double PERCENT = 100;
    private static final Logger LOG = Loggers.getLogger(JobFigures.class);

    private final List<Point> points = new ArrayList<>();
    private final List<EpochFigures> epochs = new ArrayList<>();
    private final List<Object> unsaved = new ArrayList<>();

    private long step;
    private long records;
    private long bytes;
    private long epochBytes; // the total size of all listed objects
    private long totalBytes; // the total size of all epochs
    private long epoch;
    private double t; // the seconds since the job was started for the first time

    private double epochSeconds; // the current epoch's duration in seconds, excluding pauses
    private long epochRecords;
    private double epochLoss; // the sum of the losses of the epoch's records
    private long epochRight;

    private double lossSincePoint;
    private long stepsSincePoint;
    private Score scoreSincePoint = Score.NONE;

    private @Nullable Rate recordRate;
    private @Nullable Rate byteRate;
    private long firstBytes; // the number of bytes read before the measurement of the rates began
    private long ratedBytes;
    private double ratedSeconds;

    /**
     * Restores the counts from a checkpoint, and drops the points that are later than the checkpoint.
     *
     * @param at the seconds since the job was started for the first time
     * @return the learner's state
     */
    synchronized byte[] resume(long atStep, byte[] state, double at) {
        ByteBuffer from = ByteBuffer.wrap(state);
        int version = state.length < HEADER ? 0 : from.getInt();
        if (version != VERSION) {
            throw new IllegalArgumentException("expected the state of a job, version " + VERSION
                    + ", in the checkpoint, but got " + state.length + " bytes of version " + version);
        }
        step = atStep;
        records = from.getLong();
        bytes = from.getLong();
        epoch = from.getLong();
        epochSeconds = from.getDouble();
        epochRecords = from.getLong();
        epochLoss = from.getDouble();
        epochRight = from.getLong();
        points.removeIf(point -> point.step() > atStep);
        epochs.removeIf(each -> each.step() > atStep || each.epoch() >= epoch);
        t = at;
        forgetRates();
        byte[] model = new byte[from.remaining()];
        from.get(model);
        return model;
    }

    /**
     * Resets all figures.
     *
     * @param at the seconds since the job was started for the first time
     */
    synchronized void restart(double at) {
        points.clear();
        epochs.clear();
        step = 0;
        records = 0;
        bytes = 0;
        epoch = 0;
        epochSeconds = 0;
        epochRecords = 0;
        epochLoss = 0;
        epochRight = 0;
        t = at;
        forgetRates();
    }

    /**
     * Sets the number of bytes per epoch and the number of epochs. All epochs have the same size: in pipe mode, a run
     * fails if a later epoch has other objects ({@link UnchangedData}). In file mode, all epochs read the same files.
     */
    synchronized void size(long bytesOfAnEpoch, int count) {
        epochBytes = bytesOfAnEpoch;
        totalBytes = bytesOfAnEpoch * count;
    }

    /** Returns the state to save in a checkpoint: the counts, followed by the learner's state. */
    synchronized byte[] state(byte[] model) {
        return ByteBuffer.allocate(HEADER + model.length)
                .putInt(VERSION)
                .putLong(records)
                .putLong(bytes)
                .putLong(epoch)
                .putDouble(epochSeconds)
                .putLong(epochRecords)
                .putDouble(epochLoss)
                .putLong(epochRight)
                .put(model)
                .array();
    }

    /**
     * Counts a step.
     *
     * @param at the seconds since the job was started for the first time
     */
    synchronized void add(Step taken, double at) {
        epochSeconds += Math.max(0, at - t);
        t = at;
        long rows = taken.score().rows();
        step++;
        records += rows;
        epochRecords += rows;
        epochLoss += taken.loss() * rows;
        epochRight += taken.score().right();
        lossSincePoint += taken.loss();
        stepsSincePoint++;
        scoreSincePoint = scoreSincePoint.plus(taken.score());
        if (points.isEmpty()) {
            addPoint(); // so that the charts begin at the first step
        }
    }

    /**
     * Ends the epoch.
     *
     * @param accuracy the accuracy of an evaluation, or null if there was none
     * @param next the epoch that begins
     */
    synchronized EpochFigures endEpoch(@Nullable Double accuracy, long next) {
        Score score = new Score(epochRecords, epochRight);
        EpochFigures ended = new EpochFigures(
                epoch,
                step,
                epochRecords,
                epochSeconds,
                finite(epochLoss / epochRecords),
                accuracy == null ? finite(score.accuracy()) : accuracy);
        keep(ended);
        unsaved.add(ended);
        epoch = next;
        epochSeconds = 0;
        epochRecords = 0;
        epochLoss = 0;
        epochRight = 0;
        return ended;
    }

    /**
     * Skips the time before the training, because this time is not part of an epoch.
     *
     * @param at the seconds since the job was started for the first time
     */
    synchronized void idle(double at) {
        t = at;
    }

    /**
     * Updates the rates, and adds a point if it is due.
     *
     * @param at the seconds since the job was started for the first time
     * @param passed the seconds since the previous call, or 0 during a pause
     * @param bytesRead the number of bytes that were read in this run
     * @param readingEpoch the epoch that is being read
     * @param bytesInEpoch the number of bytes of {@code readingEpoch} that were read in this run and earlier runs
     */
    synchronized void look(double at, double passed, long bytesRead, long readingEpoch, long bytesInEpoch) {
        epochSeconds += passed == 0 ? 0 : Math.max(0, at - t);
        t = at;
        // a resumed run begins at its checkpoint and reads some bytes again. The count does not change until these
        // bytes have been read
        bytes = Math.max(bytes, Math.min(totalBytes, readingEpoch * epochBytes + bytesInEpoch));
        if (recordRate == null || byteRate == null) {
            recordRate = new Rate(records);
            byteRate = new Rate(bytesRead);
            firstBytes = bytesRead;
            ratedBytes = 0;
            ratedSeconds = 0;
            return;
        }
        ratedBytes = bytesRead - firstBytes;
        ratedSeconds += passed;
        recordRate.look(records, passed);
        byteRate.look(bytesRead, passed);
        Point last = newest();
        double due = Math.max(LEAST_SECONDS, t / POINTS_IN_A_DECADE);
        if (stepsSincePoint > 0 && (last == null || t - last.t() >= due)) {
            addPoint();
        }
    }

    /** Adds a point to the charts if at least one step was taken since the previous point. */
    synchronized void addPoint() {
        if (stepsSincePoint == 0) {
            return;
        }
        Point point = new Point(
                t,
                step,
                finite(lossSincePoint / stepsSincePoint),
                finite(scoreSincePoint.accuracy()),
                recordsPerSecond(),
                megabytesPerSecond());
        lossSincePoint = 0;
        stepsSincePoint = 0;
        scoreSincePoint = Score.NONE;
        keep(point);
        unsaved.add(point);
    }

    /** Resets the rates, because they are meaningless after a pause. */
    synchronized void forgetRates() {
        recordRate = null;
        byteRate = null;
        ratedBytes = 0;
    }

    private void keep(Point point) {
        points.add(point);
        if (points.size() > MOST_POINTS) {
            for (int i = points.size() - 2; i > 0; i -= 2) { // keeps the first and the latest point
                points.remove(i);
            }
        }
    }

    private void keep(EpochFigures ended) {
        epochs.add(ended);
        if (epochs.size() > MOST_EPOCHS) {
            epochs.remove(0);
        }
    }

    /**
     * Reads the lines that an earlier process wrote. Skips incomplete lines, because a killed process may have left
     * some. Blocks.
     */
    synchronized void read(JobDirectory directory, JobRecord record) throws IOException {
        int cutOff = 0;
        for (String line : directory.figures()) {
            try {
                JsonNode node = Json.read(line, JsonNode.class);
                if (node.has("epoch")) {
                    EpochFigures ended = Json.read(line, EpochFigures.class);
                    epochs.removeIf(each -> each.epoch() >= ended.epoch());
                    keep(ended);
                } else {
                    Point point = Json.read(line, Point.class);
                    points.removeIf(each -> each.step() >= point.step());
                    keep(point);
                }
            } catch (JacksonException e) {
                cutOff++;
            }
        }
        if (cutOff > 0) {
            LOG.info("{}: {} lines of the figures were cut off", directory, cutOff);
        }
        Point last = newest();
        step = last == null ? 0 : last.step();
        t = last == null ? 0 : last.t();
        epoch = epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).epoch();
        records = record.records();
        bytes = record.bytes();
        totalBytes = record.totalBytes();
    }

    /** Appends the new lines to the file {@code figures}. Blocks. */
    void save(JobDirectory directory) throws IOException {
        List<Object> lines;
        synchronized (this) {
            lines = List.copyOf(unsaved);
            unsaved.clear();
        }
        for (Object line : lines) {
            directory.appendFigures(line);
        }
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    synchronized long step() {
        return step;
    }

    synchronized long records() {
        return records;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized long totalBytes() {
        return totalBytes;
    }

    synchronized @Nullable Double percent() {
        return totalBytes == 0 ? null : PERCENT * bytes / totalBytes;
    }

    /**
     * Returns the estimated number of seconds until the training ends, or null before there is a rate. The estimate
     * uses the average rate since the start or the latest pause, because a short wait hardly changes this average.
     */
    synchronized @Nullable Long secondsLeft() {
        return totalBytes == 0 || ratedBytes <= 0 || ratedSeconds <= 0
                ? null
                : Math.round((totalBytes - bytes) * (ratedSeconds / ratedBytes));
    }

    synchronized long epoch() {
        return epoch;
    }

    synchronized @Nullable Point newest() {
        return points.isEmpty() ? null : points.get(points.size() - 1);
    }

    synchronized List<Point> points() {
        return List.copyOf(points);
    }

    synchronized List<EpochFigures> epochs() {
        return List.copyOf(epochs);
    }

    synchronized @Nullable Double recordsPerSecond() {
        return recordRate == null ? null : recordRate.value();
    }

    synchronized @Nullable Double megabytesPerSecond() {
        Double rate = byteRate == null ? null : byteRate.value();
        return rate == null ? null : rate / MEGA;
    }
}
