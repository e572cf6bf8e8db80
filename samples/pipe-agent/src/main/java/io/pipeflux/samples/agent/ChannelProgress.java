package io.pipeflux.samples.agent;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
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
    private volatile long expected = UNKNOWN;

    ChannelProgress(PipelineMonitor monitor) {
        this.monitor = monitor;
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
     * Must be called after an epoch was written to its pipe, completely or in part.
     *
     * @param whole whether the whole epoch was written. If so, the next epoch is expected to have the same length
     */
    void epochWritten(boolean whole) {
        long now = bytes();
        expected = whole ? now - before : expected;
        before = now;
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
        return text("%s epoch %d: %s, %.1f MB/s%s", name(), monitor.epoch(), far(), bytesPerSecond / 1e6, wait);
    }

    /**
     * Describes how much of the epoch was read. While the epoch's length is unknown, this method assumes the length of
     * the previous epoch.
     */
    private String far() {
        EpochProgress epoch = monitor.epochProgress();
        long total = expected;
        if (epoch.allBytesKnown() || total <= 0) {
            return epoch.toString();
        }
        double read = bytes() - before;
        return text("%.0f %% of %.1f MB", Math.min(100, 100 * read / total), total / 1e6);
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would need another library
    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
