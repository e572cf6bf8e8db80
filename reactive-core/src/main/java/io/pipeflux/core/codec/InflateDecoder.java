package io.pipeflux.core.codec;

import io.pipeflux.core.internal.ErrorKind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates a stream that consists of members. Each member has a header, deflated data and a trailer. The frames of this
 * decoder are chunks of inflated bytes.
 *
 * <pre>{@code
 *   between members --a byte--> in a header --> in data --> in a trailer --+
 *     ^   the input may end only here                                      |
 *     +--------------------------------------------------------------------+
 * }</pre>
 */
abstract class InflateDecoder implements FrameDecoder<ByteBuffer> {

    private static final int CHUNK_BYTES = 64 << 10;

    /**
     * The inflated size up to which the compression ratio is not limited, because small output does no harm: a short
     * run of constant bytes is not a decompression bomb.
     */
    private static final long UNLIMITED_BYTES = 16 << 20;

    private enum State {
        BETWEEN,
        HEADER,
        DATA,
        TRAILER
    }

    private final Inflater inflater;
    private final byte[] scratch = new byte[CHUNK_BYTES];
    private final int maxRatio; // 0 for no limit
    private State state = State.BETWEEN;
    private long inflatedBytes;

    InflateDecoder(Inflater inflater, int maxRatio) {
        this.inflater = inflater;
        this.maxRatio = maxRatio;
    }

    /**
     * Reads the part of a member's header that has arrived, and resets the state that belonged to the previous member.
     * Returns false if the header has not arrived completely.
     */
    abstract boolean header(FrameBuffer in);

    /** Processes inflated bytes of the member, for example to update its checksum. */
    abstract void inflated(byte[] array, int count);

    /** Reads and verifies the member's trailer. Returns false if the trailer has not arrived completely. */
    abstract boolean trailer(FrameBuffer in);

    /**
     * Skips padding between members. Returns true at the first byte of a member, and false if more bytes are needed.
     */
    abstract boolean between(FrameBuffer in);

    @Override
    public final @Nullable ByteBuffer decode(FrameBuffer in) {
        while (true) {
            switch (state) {
                case BETWEEN -> {
                    if (!between(in)) {
                        return null;
                    }
                    inflater.reset();
                    state = State.HEADER;
                }
                case HEADER -> {
                    if (!header(in)) {
                        return null;
                    }
                    state = State.DATA;
                }
                case DATA -> {
                    ByteBuffer chunk = data(in);
                    if (chunk != null || state == State.DATA) {
                        return chunk;
                    }
                }
                case TRAILER -> {
                    if (!trailer(in)) {
                        return null;
                    }
                    state = State.BETWEEN;
                }
            }
        }
    }

    /**
     * Inflates the bytes that have arrived, and returns at most one chunk of output. Returns null if there is no
     * output, because more input is needed or the deflated data has ended.
     */
    private @Nullable ByteBuffer data(FrameBuffer in) {
        int count = 0;
        while (count < CHUNK_BYTES && !inflater.finished() && in.ensure(1)) {
            int given = in.contiguous();
            inflater.setInput(in.array(), in.position(), given);
            try {
                count += inflater.inflate(scratch, count, CHUNK_BYTES - count);
            } catch (DataFormatException e) {
                throw in.corrupt(ErrorKind.BAD_COMPRESSION, "the data cannot be inflated: " + e.getMessage());
            }
            if (inflater.needsDictionary()) {
                throw in.corrupt(
                        ErrorKind.BAD_COMPRESSION, "the data need a preset dictionary, which is not supported");
            }
            in.skip(given - inflater.getRemaining());
        }
        if (inflater.finished()) {
            state = State.TRAILER;
        }
        inflated(scratch, count);
        checkRatio(in, count);
        return count == 0 ? null : ByteBuffer.wrap(Arrays.copyOf(scratch, count));
    }

    private void checkRatio(FrameBuffer in, int count) {
        inflatedBytes += count;
        if (maxRatio > 0 && inflatedBytes > UNLIMITED_BYTES && inflatedBytes / maxRatio > in.offset()) {
            throw in.corrupt(
                    ErrorKind.HIGH_COMPRESSION,
                    "the first " + in.offset() + " bytes inflate to " + inflatedBytes + ", more than the maximum of "
                            + maxRatio + " times as many");
        }
    }

    @Override
    public final @Nullable ByteBuffer decodeEnd(FrameBuffer in) {
        ByteBuffer chunk = decode(in);
        if (chunk == null && state != State.BETWEEN) {
            throw in.truncated("the input ended inside a compressed member");
        }
        return chunk;
    }

    @Override
    public final void close() {
        inflater.end();
    }
}
