package io.pipeflux.s3;

import io.pipeflux.core.internal.FileAccess;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes an object into a file of the cache. The file stays locked while it is being written, so other processes can
 * detect whether its writer is alive.
 */
final class CacheWriter implements Closeable {

    private final CacheKey key;
    private final Path part;
    private final RandomAccessFile out; // not a FileChannel, which an interrupt of the thread would close
    private final ByteBuffer header;
    private final CRC32C block = new CRC32C();
    private long written;

    private CacheWriter(CacheKey key, Path part, RandomAccessFile out) throws IOException {
        this.key = key;
        this.part = part;
        this.out = out;
        this.header = ByteBuffer.allocate(key.header())
                .putLong(CacheKey.MAGIC)
                .put(key.digest())
                .putLong(key.size());
        out.setLength(0);
        out.seek(header.capacity());
    }

    /**
     * Creates the file, or takes it over if its writer was killed. A link or a FIFO of the same name is replaced.
     *
     * @return null if another process is writing the file
     */
    static @Nullable CacheWriter open(CacheKey key, Path part) throws IOException {
        if (FileAccess.regular(part) == null) {
            Files.deleteIfExists(part);
            FileAccess.createFile(part);
        }
        RandomAccessFile out = lock(part);
        try {
            return out == null ? null : new CacheWriter(key, part, out);
        } catch (IOException | RuntimeException | Error e) {
            out.close();
            throw e;
        }
    }

    /** Opens and locks an incomplete file whose writer may have been killed. Returns null if the writer is alive. */
    static @Nullable RandomAccessFile lock(Path part) throws IOException {
        RandomAccessFile opened = FileAccess.openRegular(part);
        try {
            if (opened.getChannel().tryLock() != null) {
                return opened;
            }
        } catch (OverlappingFileLockException e) { // a copy of this class in the same process writes the file
            opened.close();
            return null;
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
        opened.close();
        return null;
    }

    CacheKey key() {
        return key;
    }

    Path part() {
        return part;
    }

    /** Writes the object's next bytes. Does not change the buffer's position. */
    void write(ByteBuffer chunk) throws IOException {
        byte[] bytes = chunk.array();
        int from = chunk.arrayOffset() + chunk.position();
        int left = chunk.remaining();
        if (written + left > key.size()) {
            throw new IOException("expected " + key.size() + " bytes, but got more");
        }
        out.write(bytes, from, left);
        while (left > 0) {
            int count = (int) Math.min(left, CacheKey.BLOCK - written % CacheKey.BLOCK);
            block.update(bytes, from, count);
            written += count;
            from += count;
            left -= count;
            if (written % CacheKey.BLOCK == 0) {
                endBlock();
            }
        }
    }

    private void endBlock() {
        header.putInt((int) block.getValue());
        block.reset();
    }

    /**
     * Completes the file by writing its header. Until then, the header has no magic number, so the file cannot be
     * mistaken for a complete one.
     */
    void finish() throws IOException {
        if (written != key.size()) {
            throw new IOException("expected " + key.size() + " bytes, but got " + written);
        }
        if (written % CacheKey.BLOCK != 0) {
            endBlock();
        }
        CRC32C all = new CRC32C();
        all.update(header.array(), 0, header.position());
        header.putInt((int) all.getValue());
        out.seek(0);
        out.write(header.array());
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
