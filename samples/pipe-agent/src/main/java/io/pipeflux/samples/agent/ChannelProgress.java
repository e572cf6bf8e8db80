package io.pipeflux.samples.agent;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.internal.ByteText;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The progress of a channel: the current epoch, the bytes read from its objects, and what the channel waits for.
 * Thread-safe.
 */
final class ChannelProgress {

    private static final long UNKNOWN = -1;

    private final PipelineMonitor monitor;
    private final LongAdder bytes = new LongAdder();
    private volatile long before;
    private final @Nullable Integer epochs;
    private volatile long expected = UNKNOWN;
    private final LongAdder ended = new LongAdder();

    /** @param epochs the number of epochs that are written, or null if it is unlimited */
    ChannelProgress(PipelineMonitor monitor, @Nullable Integer epochs) {
        this.monitor = monitor;
        this.epochs = epochs;
    }

    String name() {
        return monitor.name();
    }

    PipelineMonitor monitor() {
        return monitor;
    }

    /** Returns the total number of bytes that have been read from objects in all epochs so far. */
    long bytes() {
        return bytes.sum();
    }

    /** Returns an epoch's objects unchanged, except that the bytes read from them are counted. */
    Flux<ObjectBytes> watch(Flux<ObjectBytes> objects) {
        return objects.map(this::counted);
    }

    private ObjectBytes counted(ObjectBytes object) {
        return object.withBytes(object.size(), from -> object.bytes(from).doOnNext(this::count));
    }

    private void count(ByteBuffer chunk) {
        bytes.add(chunk.remaining());
    }

    /**
     * Must be called when an epoch has been written to its pipe, completely or in part.
     *
     * @param whole whether the whole epoch was written. If so, the next epoch is expected to have the same length
     */
    void epochWritten(boolean whole) {
        long now = bytes();
        expected = whole ? now - before : expected;
        before = now;
        ended.increment();
    }

    /** Returns whether the last epoch of the channel has ended. */
    boolean isOver() {
        return epochs != null && ended.sum() >= epochs;
    }

    /**
     * Returns the last line of a channel that has ended, such as {@code train: ended after 3 epochs, 348.3 MB read}.
     */
    String lastLine() {
        long count = ended.sum();
        return name() + ": ended after " + count + (count == 1 ? " epoch, " : " epochs, ") + ByteText.of(bytes())
                + " read";
    }

    /**
     * Returns a line such as {@code train epoch 3: 45 % of 116.1 MB, 9 s left, 118.3 MB/s, train_3: waiting 3.2 s for a
     * reader}.
     */
    String line(double bytesPerSecond) {
        String wait = monitor.waits().stream()
                .findFirst()
                .map(longest -> ", " + longest)
                .orElse("");
        return name() + " epoch " + monitor.epoch() + ": " + far() + ", " + ByteText.of(bytesPerSecond) + "/s" + wait;
    }

    /**
     * Describes how much of the epoch has been read. While the epoch's length is unknown, this method assumes the
     * length of the previous epoch.
     */
    private String far() {
        EpochProgress epoch = monitor.epochProgress();
        long total = expected;
        if (epoch.allBytesKnown() || total <= 0) {
            return epoch.toString();
        }
        double read = bytes() - before;
        return String.format(Locale.ROOT, "%.0f %% of ", Math.min(100, 100 * read / total)) + ByteText.of(total);
    }
}
