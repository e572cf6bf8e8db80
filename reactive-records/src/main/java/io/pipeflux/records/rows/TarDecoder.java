package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.LeavesChunks;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the rows of a WebDataset from tar archives. A row ends before the header of the next file with a different
 * key, or at the end of the archive.
 *
 * <pre>{@code
 *     count a zero block                  add a file with the same key
 *            +---+                               +---+
 *            |   v                               |   v
 *           between rows --- begin with a file -> in a row
 *                 ^                                 |
 *                 +---------- emit the row ---------+
 *                  (at another key or a zero block)
 *
 *   An archive ends with two zero blocks. After them, the input may end, or another archive may begin.
 * }</pre>
 */
final class TarDecoder implements FrameDecoder<RawRecord>, LeavesChunks {

    private static final int ZERO_BLOCKS = 2;

    private final TarEntry entry = new TarEntry();
    private @Nullable String key; // the key of the current row; null between rows
    private long rowBytes;
    private long toTake; // the number of bytes of the current file that have not been read
    private long toSkip; // the number of unread bytes of an entry that is not part of a row
    private int zeroBlocks; // the number of zero blocks read since the last entry
    private boolean entered; // whether any bytes have been read so far

    @Override
    public @Nullable RawRecord decode(FrameBuffer in) {
        while (true) {
            toTake = toTake == 0 ? 0 : in.join(toTake);
            if (toTake > 0 || !skip(in)) {
                return null;
            }
            int headers = headers(in);
            if (headers == 0) {
                return null;
            }
            TarName name = entry.isFile() ? TarName.of(entry.name()) : null;
            if (key != null && (entry.isEnd() || (name != null && !name.key().equals(key)))) {
                key = null;
                return in.joined();
            }
            next(in, headers, name);
        }
    }

    private boolean skip(FrameBuffer in) {
        while (toSkip > 0 && in.ensure(1)) {
            int count = (int) Math.min(toSkip, in.contiguous());
            in.skip(count);
            toSkip -= count;
        }
        return toSkip == 0;
    }

    /**
     * Reads the headers of the next entry without removing them from the buffer. Returns the total length of the
     * headers in bytes, or 0 if not all headers have arrived.
     */
    private int headers(FrameBuffer in) {
        int needed = TarEntry.BLOCK;
        while (in.ensure(needed)) {
            entered = true;
            int headers;
            try {
                headers = entry.read(in.array(), in.position(), in.contiguous());
            } catch (IllegalArgumentException e) {
                throw in.corrupt("at byte " + in.offset()
                        + (zeroBlocks < ZERO_BLOCKS ? " " : ", after the end of an archive, ") + e.getMessage());
            }
            if (headers > 0) {
                return headers;
            }
            needed = -headers;
        }
        return 0;
    }

    private void next(FrameBuffer in, int headers, @Nullable TarName name) {
        if (entry.isEnd()) {
            zeroBlocks++;
            in.skip(headers);
            return;
        }
        if (zeroBlocks == 1) {
            throw in.corrupt("at byte " + in.offset() + " expected a second zero block, but got a header");
        }
        zeroBlocks = 0;
        if (name == null) {
            in.skip(headers);
            toSkip = TarEntry.padded(entry.size());
            return;
        }
        if (key == null) {
            rowBytes = 0;
        }
        long bytes = headers + TarEntry.padded(entry.size());
        rowBytes = rowBytes > Long.MAX_VALUE - bytes ? Long.MAX_VALUE : rowBytes + bytes;
        in.checkLength(entry.size() < 0 || bytes < 0 ? Long.MAX_VALUE : rowBytes);
        if (key == null) {
            in.begin();
            key = name.key();
        }
        toTake = bytes;
    }

    @Override
    public @Nullable RawRecord decodeEnd(FrameBuffer in) {
        RawRecord row = decode(in);
        boolean empty = !entered && in.available() == 0 && in.offset() == 0;
        long left = in.available();
        if (row == null && zeroBlocks >= ZERO_BLOCKS && left > 0 && left < TarEntry.BLOCK) {
            throw in.truncated("expected blocks of zeros or another archive after the end of an archive, but got "
                    + left + " bytes, which are not a whole block");
        }
        if (row == null && !empty && (key != null || toSkip > 0 || in.available() > 0 || zeroBlocks < ZERO_BLOCKS)) {
            throw in.truncated("truncated archive: the input ended "
                    + (key == null ? "" : "in the row " + KeyText.quoted(key) + ", ")
                    + "before the two zero blocks that end an archive");
        }
        return row;
    }
}
