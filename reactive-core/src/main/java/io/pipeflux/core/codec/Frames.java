package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RecordOrigin;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The frames of one stream: chunks go in, frames come out, corrupt and unwanted ones are left out. For one thread. */
final class Frames<T> {

    private final FrameDecoder<T> decoder;
    private final FrameBuffer buffer;
    private final SkipCount skips;
    private final Consumer<T> onDropped;
    private final boolean dropsInStream; // what is left to drop at the end is not in another stream
    private long toDrop;
    private boolean closed;

    /** @param onDropped is given the frames before the start point */
    Frames(FrameFormat<T> format, RecordOrigin origin, StreamStart start, SkipCount skips, Consumer<T> onDropped) {
        this.buffer = new FrameBuffer(format, origin, start);
        this.skips = skips;
        this.onDropped = onDropped;
        this.toDrop = start.drop();
        this.dropsInStream = start.object() == null;
        this.decoder = format.newDecoder(); // last: whatever is thrown above leaves none open
    }

    void append(ByteBuffer chunk) {
        buffer.append(chunk);
    }

    /**
     * The next frame, or null if it has not arrived.
     *
     * @param end no more chunks will come
     */
    @Nullable
    T next(boolean end) {
        while (true) {
            T frame;
            try {
                frame = end ? decoder.decodeEnd(buffer) : decoder.decode(buffer);
            } catch (CorruptRecordException e) {
                skips.skip(e, buffer);
                toDrop = Math.max(0, toDrop - 1); // it was counted when the resume point was made
                continue;
            }
            if (frame == null) {
                return null;
            }
            skips.good();
            if (toDrop == 0) {
                return frame;
            }
            toDrop--;
            onDropped.accept(frame);
        }
    }

    /** What is wrong if the stream ends here, or null. */
    @Nullable
    Throwable truncation() {
        Throwable truncated = buffer.truncation();
        return truncated == null && toDrop > 0 && dropsInStream
                ? buffer.truncated("the input ended " + toDrop + " records before the start point")
                : truncated;
    }

    long nextRecord() {
        return buffer.nextRecord();
    }

    long toDrop() {
        return toDrop;
    }

    /** Lets go of what has arrived: records that are kept may keep this, too, for their origin. */
    void close() {
        if (!closed) {
            closed = true;
            buffer.clear();
            decoder.close();
        }
    }
}
