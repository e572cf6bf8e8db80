package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.EpochSize;

/**
 * Reports the progress of a pipe's writer as the progress of the pipe's reader, because only the writer knows the size
 * of its source. The source and the pipe may have different numbers of bytes, for example because the writer
 * decompresses the source.
 */
final class WriterProgress {

    private static final long LOOK_NANOS = 250_000_000;

    private final PipeSource reading;
    private final EpochSize epoch;
    private long lookedAt;
    private boolean looked;

    WriterProgress(PipeSource reading, EpochSize epoch) {
        this.reading = reading;
        this.epoch = epoch;
    }

    /**
     * Reads the writer's report, unless the report was last read less than {@link #LOOK_NANOS} ago.
     *
     * @param count the number of bytes that the reader has read from the pipe
     * @param last whether the pipe has ended; if so, the report is always read
     */
    void look(long count, boolean last) {
        long now = System.nanoTime();
        if (looked && !last && now - lookedAt < LOOK_NANOS) {
            return;
        }
        looked = true;
        lookedAt = now;
        EpochProgress writer = reading.progress();
        if (writer == null) {
            return;
        }
        epoch.passed(writer.bytes() - count);
        if (writer.allBytesKnown()) {
            epoch.allBytes(writer.knownBytes());
        }
        if (writer.allObjectsKnown()) {
            epoch.allObjects(writer.knownObjects());
        }
        epoch.atLeast(writer.knownBytes(), writer.knownObjects());
    }
}
