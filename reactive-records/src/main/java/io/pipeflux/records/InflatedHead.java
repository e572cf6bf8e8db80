package io.pipeflux.records;

import io.pipeflux.core.codec.Compression;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the first bytes of a compressed object inflate to.
 *
 * @param bytes at most 64 KiB
 * @param whole whether that is all the object has
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record InflatedHead(byte[] bytes, boolean whole) {

    private static final int MAX_BYTES = 64 << 10;
    private static final byte[] UTF8_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    /** The compression whose header the bytes begin with. */
    static Compression compression(byte[] head) {
        if (head.length < 3) {
            return Compression.NONE;
        }
        int first = head[0] & 0xff;
        int second = head[1] & 0xff;
        if (first == 0x1f && second == 0x8b && head[2] == 8) {
            return Compression.GZIP;
        }
        boolean deflate = (first & 0x0f) == 8 && first >>> 4 <= 7;
        boolean dictionary = (second & 0x20) != 0;
        return deflate && !dictionary && (first << 8 | second) % 31 == 0 ? Compression.ZLIB : Compression.NONE;
    }

    /** Inflates what can be; null if that is nothing, or if the bytes are wrong. */
    static @Nullable InflatedHead of(byte[] head, Compression compression) {
        if (compression == Compression.NONE) {
            return null;
        }
        byte[] bytes = new byte[MAX_BYTES];
        int count = 0;
        boolean whole = false;
        try (InputStream in = open(new ByteArrayInputStream(head), compression)) {
            for (int read = 0; read >= 0 && count < MAX_BYTES; read = in.read(bytes, count, MAX_BYTES - count)) {
                count += read;
            }
            whole = count < MAX_BYTES;
        } catch (EOFException e) {
            whole = false; // the first bytes end inside the stream
        } catch (IOException e) {
            return null;
        }
        return count == 0 ? null : new InflatedHead(Arrays.copyOf(bytes, count), whole);
    }

    /** Returns whether an object has no content: no bytes but byte order marks, or a compressed stream of none. */
    static boolean isEmpty(byte[] head, boolean whole) {
        if (!whole) {
            return false;
        }
        Compression compression = compression(head);
        try (InputStream in = open(new ByteArrayInputStream(head), compression)) {
            byte[] next = UTF8_MARK;
            while (Arrays.equals(next, UTF8_MARK)) {
                next = in.readNBytes(UTF8_MARK.length);
            }
            return next.length == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static InputStream open(InputStream in, Compression compression) throws IOException {
        return switch (compression) {
            case NONE -> in;
            case GZIP -> new GZIPInputStream(in);
            case ZLIB -> new InflaterInputStream(in);
            case ZSTD -> throw new IllegalArgumentException("Zstandard is not detected");
        };
    }
}
