package io.pipeflux.records;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.Compression;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;

/**
 * The result of decompressing the first bytes of an object.
 *
 * @param bytes the first bytes of the decompressed content, at most 64 KiB
 * @param whole whether {@code bytes} is the whole decompressed content
 */
@SuppressWarnings("ArrayRecordComponent") // instances are never compared
record InflatedHead(byte[] bytes, boolean whole) {

    /** The number of bytes that are sufficient to detect the format, unless the object is compressed with Zstandard. */
    static final int ENOUGH = 64 << 10;

    /**
     * The number of bytes that are sufficient to detect the format of an object that is compressed with Zstandard. This
     * number is larger than {@link #ENOUGH}, because a Zstandard block has up to 128 KiB and can be decompressed only
     * after the whole block has arrived.
     */
    static final int ENOUGH_ZSTD = 192 << 10;

    private static final int MAX_BYTES = 64 << 10;
    private static final int ZSTD_MAGIC = 0xfd2fb528;
    private static final int ZSTD_SKIPPABLE = 0x184d2a50; // the lowest four bits can have any value
    private static final byte[] UTF8_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    /** Returns the compression whose header is at the beginning of the bytes, or {@code NONE} if there is no header. */
    static Compression compression(byte[] head) {
        if (head.length < 3) {
            return Compression.NONE;
        }
        int first = head[0] & 0xff;
        int second = head[1] & 0xff;
        if (isZstd(head)) {
            return Compression.ZSTD;
        }
        if (first == 0x1f && second == 0x8b && head[2] == 8) {
            return Compression.GZIP;
        }
        boolean deflate = (first & 0x0f) == 8 && first >>> 4 <= 7;
        boolean dictionary = (second & 0x20) != 0;
        return deflate && !dictionary && (first << 8 | second) % 31 == 0 ? Compression.ZLIB : Compression.NONE;
    }

    /**
     * Returns whether the bytes begin with a Zstandard frame, or with a skippable frame. Parallel compressors write a
     * skippable frame before the first Zstandard frame.
     */
    private static boolean isZstd(byte[] head) {
        if (head.length < Integer.BYTES) {
            return false;
        }
        int magic = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt();
        return magic == ZSTD_MAGIC || (magic & ~0xf) == ZSTD_SKIPPABLE;
    }

    /**
     * Decompresses as much of the head as possible. Returns null if the head is not compressed, is too short to yield a
     * decompressed byte, or is corrupt.
     */
    static @Nullable InflatedHead of(byte[] head, Compression compression) {
        if (compression == Compression.NONE) {
            return null;
        }
        byte[] bytes = new byte[MAX_BYTES];
        int count = 0;
        boolean whole = false;
        try (InputStream in = open(head, compression)) {
            for (int read = 0; read >= 0 && count < MAX_BYTES; read = in.read(bytes, count, MAX_BYTES - count)) {
                count += read;
            }
            whole = count < MAX_BYTES;
        } catch (EOFException e) {
            whole = false; // the first bytes end in the middle of the stream
        } catch (IOException e) {
            return null;
        }
        return count == 0 ? null : new InflatedHead(Arrays.copyOf(bytes, count), whole);
    }

    /**
     * Returns the reason why the bytes are corrupt, or null if they are not corrupt. Bytes that are merely truncated do
     * not count as corrupt.
     */
    static @Nullable String failure(byte[] head, Compression compression) {
        try (InputStream in = open(head, compression)) {
            in.readNBytes(MAX_BYTES);
            return null;
        } catch (EOFException e) {
            return null;
        } catch (IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return String.valueOf(cause.getMessage());
        }
    }

    /**
     * Returns whether the decompressed object is empty or contains only byte order marks. If {@code head} is not the
     * whole object or is corrupt, this cannot be determined, and the result is false.
     */
    static boolean isEmpty(byte[] head, boolean whole) {
        if (!whole) {
            return false;
        }
        Compression compression = compression(head);
        try (InputStream in = open(head, compression)) {
            byte[] next = UTF8_MARK;
            while (Arrays.equals(next, UTF8_MARK)) {
                next = in.readNBytes(UTF8_MARK.length);
            }
            return next.length == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static InputStream open(byte[] head, Compression compression) throws IOException {
        InputStream in = new ByteArrayInputStream(head);
        return switch (compression) {
            case NONE -> in;
            case GZIP -> new GZIPInputStream(in);
            case ZLIB -> new InflaterInputStream(in);
            case ZSTD -> zstd(head);
        };
    }

    /**
     * Opens a stream of the decompressed bytes. Like the JDK's decompressing streams, the stream throws an exception
     * after the last byte that could be decompressed: an {@link EOFException} if the input is truncated, an {@link
     * IOException} if it is corrupt.
     */
    private static InputStream zstd(byte[] head) {
        ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);
        AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
        Flux.just(ByteBuffer.wrap(head))
                .transform(Compression.ZSTD.inflate())
                .takeUntil(chunk -> {
                    bytes.put(chunk.slice().limit(Math.min(chunk.remaining(), bytes.remaining())));
                    return !bytes.hasRemaining();
                })
                .subscribe(chunk -> {}, error::set);
        InputStream whole = new ByteArrayInputStream(bytes.array(), 0, bytes.position());
        Throwable end = error.get();
        if (end == null) {
            return whole;
        }
        boolean isTruncated = end instanceof TruncatedInputException;
        if (!isTruncated && !(end instanceof CorruptRecordException)) {
            throw Exceptions.propagate(end); // for example, because zstd-jni is missing
        }
        return new SequenceInputStream(whole, new Failing(isTruncated ? new EOFException() : new IOException(end)));
    }

    /** A stream that fails on the first read. */
    private static final class Failing extends InputStream {

        private final IOException why;

        Failing(IOException why) {
            this.why = why;
        }

        @Override
        public int read() throws IOException {
            throw why;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            throw why;
        }
    }
}
