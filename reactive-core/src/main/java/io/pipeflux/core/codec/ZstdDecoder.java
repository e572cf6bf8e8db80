package io.pipeflux.core.codec;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.pipeflux.core.internal.ErrorKind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses Zstandard frames (RFC 8878) with zstd-jni. In the terms of {@link FrameDecoder}, each chunk of
 * decompressed bytes is a frame. zstd-jni allows a window of at most 128 MiB, and rejects frames that need a larger
 * window.
 */
final class ZstdDecoder implements FrameDecoder<ByteBuffer> {

    private static final int CHUNK_BYTES = 64 << 10;

    /**
     * The decompressed size up to which the compression ratio is not limited, because small output does no harm: a
     * short run of constant bytes is not a decompression bomb.
     */
    private static final long UNLIMITED_BYTES = 16 << 20;

    private final ZstdDecompressCtx context = new ZstdDecompressCtx();
    // zstd-jni needs a direct buffer
    private final ByteBuffer source = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private final ByteBuffer target = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private final int maxRatio; // 0 for no limit
    private boolean inFrame;
    // whether zstd-jni may still hold decompressed bytes that did not fit into the field "target"
    private boolean hasMore;
    private long decompressed;

    /**
     * Loads zstd-jni and its native library. Throws a {@link LinkageError} if the native library is not available for
     * this system.
     */
    ZstdDecoder(int maxRatio) {
        this.maxRatio = maxRatio;
    }

    @Override
    public @Nullable ByteBuffer decode(FrameBuffer in) {
        target.clear();
        while (target.hasRemaining() && (hasMore || in.ensure(1))) {
            int given = in.ensure(1) ? Math.min(in.contiguous(), CHUNK_BYTES) : 0;
            source.clear().put(0, in.array(), in.position(), given).limit(given);
            inFrame = true;
            boolean ended;
            try {
                ended = context.decompressDirectByteBufferStream(target, source);
            } catch (ZstdException e) {
                throw in.corrupt(ErrorKind.BAD_COMPRESSION, "the data cannot be decompressed: " + e.getMessage());
            }
            in.skip(source.position());
            inFrame = !ended;
            hasMore = !ended && !target.hasRemaining();
        }
        int count = target.position();
        decompressed += count;
        if (maxRatio > 0 && decompressed > UNLIMITED_BYTES && decompressed / maxRatio > in.offset()) {
            throw in.corrupt(
                    ErrorKind.HIGH_COMPRESSION,
                    "the first " + in.offset() + " bytes decompress to " + decompressed + ", more than the maximum of "
                            + maxRatio + " times as many");
        }
        if (count == 0) {
            return null;
        }
        byte[] chunk = new byte[count];
        target.get(0, chunk);
        return ByteBuffer.wrap(chunk);
    }

    @Override
    public @Nullable ByteBuffer decodeEnd(FrameBuffer in) {
        ByteBuffer chunk = decode(in);
        if (chunk == null && inFrame) {
            throw in.truncated("the input ended inside a Zstandard frame");
        }
        return chunk;
    }

    @Override
    public void close() {
        context.close();
    }
}
