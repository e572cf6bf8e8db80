package io.pipeflux.s3;

import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.FileAccess;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads an object from a file in the cache. Each block is compared with its checksum before the first byte of the block
 * is returned.
 */
final class CacheReader implements Closeable {

    private final Path file;
    private final CacheKey key;
    private final ChunkMemory memory;
    private final CRC32C sum = new CRC32C();
    private ByteBuffer header = ByteBuffer.allocate(0);
    private @Nullable InputStream in; // not a FileChannel, which an interrupt of the thread would close
    private long at;

    CacheReader(Path file, CacheKey key, long from, ChunkMemory memory) {
        this.file = file;
        this.key = key;
        this.at = from;
        this.memory = memory;
    }

    /** Returns the offset of the next byte, counted from the beginning of the object. */
    long at() {
        return at;
    }

    /** Returns the next bytes, at most one block. Returns null at the end of the object. */
    @Nullable
    ByteBuffer next() throws IOException {
        if (at >= key.size()) {
            return null;
        }
        InputStream bytes = in == null ? open() : in;
        long begin = at - at % CacheKey.BLOCK;
        int length = (int) Math.min(CacheKey.BLOCK, key.size() - begin);
        byte[] block = memory.take(length);
        int count = bytes.readNBytes(block, 0, length);
        sum.reset();
        sum.update(block, 0, count);
        int expected = header.getInt(sumOf(begin / CacheKey.BLOCK));
        if (count < length || (int) sum.getValue() != expected) {
            throw new IOException(file + ": expected " + length + " bytes of CRC32C " + hex(expected) + " from byte "
                    + begin + " of the object, but got " + count + " of " + hex((int) sum.getValue()));
        }
        int from = (int) (at - begin);
        at = begin + length;
        return ByteBuffer.wrap(block, from, length - from).slice();
    }

    private int sumOf(long block) {
        return header.capacity() - Integer.BYTES - (int) (key.blocks() - block) * Integer.BYTES;
    }

    private InputStream open() throws IOException {
        BasicFileAttributes found = FileAccess.regular(file); // checked first, because opening a FIFO may block
        if (found == null) {
            throw new NoSuchFileException(file.toString());
        }
        InputStream opened = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
        in = opened;
        long length = found.size();
        byte[] read = opened.readNBytes(key.header());
        if (length != key.header() + key.size() || !isHeader(read)) {
            throw new IOException(file + ": expected the header of an object of " + key.size()
                    + " bytes and these, but got " + length + " other bytes");
        }
        header = ByteBuffer.wrap(read);
        opened.skipNBytes(at - at % CacheKey.BLOCK);
        return opened;
    }

    private boolean isHeader(byte[] read) {
        int last = key.header() - Integer.BYTES;
        if (read.length != key.header()) {
            return false;
        }
        CRC32C all = new CRC32C();
        all.update(read, 0, last);
        ByteBuffer found = ByteBuffer.wrap(read);
        ByteBuffer expected =
                ByteBuffer.allocate(2 * Long.BYTES + key.digest().length).putLong(CacheKey.MAGIC);
        expected.put(key.digest()).putLong(key.size()).flip();
        return found.slice(0, expected.limit()).equals(expected) && (int) all.getValue() == found.getInt(last);
    }

    private static String hex(int sum) {
        return HexFormat.of().toHexDigits(sum);
    }

    @Override
    public void close() throws IOException {
        if (in != null) {
            in.close();
        }
    }
}
