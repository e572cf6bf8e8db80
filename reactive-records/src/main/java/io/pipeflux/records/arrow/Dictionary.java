package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds copies of the values that have been read so far from one dictionary. The values are copied because the messages
 * that contain them are not kept in memory.
 */
final class Dictionary {

    private static final int FIRST_BYTES = 64;

    private final int width; // the length of a value in bytes, or 0 for byte strings
    private int size;
    private ByteBuffer bytes = ByteBuffer.allocate(FIRST_BYTES);
    private ByteBuffer offsets = ByteBuffer.allocate(FIRST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private byte[] valid = new byte[FIRST_BYTES];
    private @Nullable Values values; // null if the next call of values() must create it

    Dictionary(int width) {
        this.width = width;
        offsets.putInt(0);
    }

    /**
     * Appends values.
     *
     * @param check a check that receives a number of bytes, and throws an exception if the number is too large
     */
    void add(Values more, LongConsumer check) {
        int[] all = new int[more.size()];
        Arrays.setAll(all, i -> i);
        Values copy = more.take(all, new byte[width], check); // also checks the offsets
        int before = bytes.position();
        values = null;
        check.accept((long) before + copy.bytes().limit());
        check.accept(((long) size + copy.size() + 1) * Integer.BYTES);
        bytes = room(bytes, copy.bytes().limit()).put(copy.bytes().rewind());
        offsets = room(offsets, copy.size() * Integer.BYTES);
        for (int i = 1; width == 0 && i <= copy.size(); i++) {
            offsets.putInt(before + copy.offsets().getInt(i * Integer.BYTES));
        }
        if (valid.length - size < copy.size()) {
            valid = Arrays.copyOf(valid, Math.max(size + copy.size(), 2 * size));
        }
        for (int i = 0; i < copy.size(); i++) {
            valid[size++] = (byte) (copy.isNull(i) ? 0 : 1);
        }
    }

    private static ByteBuffer room(ByteBuffer buffer, int more) {
        if (buffer.remaining() >= more) {
            return buffer;
        }
        int enough = buffer.position() + more;
        int twice = (int) Math.min(2L * buffer.capacity(), Integer.MAX_VALUE - Long.BYTES);
        return ByteBuffer.allocate(Math.max(enough, twice))
                .order(buffer.order())
                .put(buffer.flip());
    }

    /** Returns the values that have been read so far. The result is valid until more values are added. */
    Values values() {
        if (values == null) {
            values = made();
        }
        return values;
    }

    private Values made() {
        ByteBuffer all = bytes.duplicate().flip();
        byte[] marks = Bits.unlessAllSet(Arrays.copyOf(valid, size));
        return width == 0
                ? Values.ofStrings(size, offsets.duplicate().flip(), all, marks)
                : Values.ofWidth(width, size, all, marks);
    }
}
