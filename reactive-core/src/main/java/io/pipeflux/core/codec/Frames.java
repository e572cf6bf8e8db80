package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.LeavesChunks;
import io.pipeflux.core.internal.Skips;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns the chunks of one stream into frames. Omits frames before the start point, and corrupt frames if the skip
 * policy skips them. Only one thread at a time may use an instance.
 */
final class Frames<T> {

    private final FrameDecoder<T> decoder;
    private final FrameBuffer buffer;
    private final Skips skips;
    private final Consumer<T> onDropped;
    // whether all records to drop are in this stream
    private final boolean dropsInStream;
    private long toDrop;
    private boolean closed;

    /** @param onDropped receives each frame that is dropped because it precedes the start point */
    Frames(FrameFormat<T> format, RecordOrigin origin, StreamStart start, Skips skips, Consumer<T> onDropped) {
        this.buffer = new FrameBuffer(format, origin, start);
        this.skips = skips;
        this.onDropped = onDropped;
        this.toDrop = start.drop();
        this.dropsInStream = start.object() == null;
        // created last, so that an exception in this constructor cannot leave a decoder open
        this.decoder = format.newDecoder();
    }

    /** @param doubt returns a hint that states why the source's bytes may be wrong, or null; used in error messages */
    void inDoubt(Supplier<@Nullable String> doubt) {
        buffer.inDoubt(doubt);
    }

    /**
     * @param left is notified of each chunk whose frames have all been returned; not used if the decoder may keep
     *     frames
     */
    void reportLeftTo(LeftChunks left) {
        if (decoder instanceof LeavesChunks) {
            buffer.reportLeftTo(left);
        }
    }

    void append(ByteBuffer chunk) {
        buffer.append(chunk);
    }

    /**
     * Returns the next frame, or null if no complete frame has arrived.
     *
     * @param end whether no more chunks will arrive
     */
    @Nullable
    T next(boolean end) {
        while (true) {
            T frame;
            try {
                frame = end ? decoder.decodeEnd(buffer) : decoder.decode(buffer);
            } catch (CorruptRecordException e) {
                if (buffer.corruptFrameBytes() == 0 || !skips.skip(e, null, buffer::takeCorruptFrame)) {
                    throw e;
                }
                // skipped records count as dropped, too, because a resume point also counts them
                toDrop = Math.max(0, toDrop - 1);
                continue;
            }
            if (frame == null) {
                return null;
            }
            skips.good(1);
            if (toDrop == 0) {
                return frame;
            }
            toDrop--;
            // the user's discard hook may keep the frame
            buffer.keepArray();
            onDropped.accept(frame);
        }
    }

    /** Returns an error if the stream must not end here, otherwise null. */
    @Nullable
    Throwable truncation() {
        Throwable truncated = buffer.truncation();
        return truncated == null && toDrop > 0 && dropsInStream
                ? buffer.truncated(
                        ErrorKind.END_BEFORE_START, "the input ended " + toDrop + " records before the start point")
                : truncated;
    }

    long nextRecord() {
        return buffer.nextRecord();
    }

    long toDrop() {
        return toDrop;
    }

    /**
     * Releases the bytes that have arrived. Otherwise, a record that user code keeps could keep these bytes in memory,
     * because the record's origin refers to this {@code Frames} instance.
     */
    void close() {
        if (!closed) {
            closed = true;
            buffer.clear();
            decoder.close();
        }
    }
}
