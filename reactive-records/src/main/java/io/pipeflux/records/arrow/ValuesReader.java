package io.pipeflux.records.arrow;

import io.pipeflux.records.arrow.StoredField.Index;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of fields. Looks up the values of fields that have a dictionary. Converts values whose layout
 * differs from that of a column.
 */
final class ValuesReader {

    private static final int VIEW_BYTES = 16;
    private static final int INLINE_BYTES = 12;

    private final MessageBody body;
    private final Dictionaries dictionaries;
    private final LongConsumer check;

    ValuesReader(MessageBody body, Dictionaries dictionaries, LongConsumer check) {
        this.body = body;
        this.dictionaries = dictionaries;
        this.check = check;
    }

    /**
     * Reads a field's node and validity buffer. Returns an array that contains 0 for each null and 1 for each other
     * value, or null if there are no nulls.
     */
    byte @Nullable [] level(String name, int length, boolean orMore) {
        if (body.node(name, length, orMore) == 0) {
            body.skipBuffer();
            return null;
        }
        return Bits.unlessAllSet(unpack(name, length));
    }

    private byte[] unpack(String name, int count) {
        ByteBuffer bitmap = body.buffer(name, Bits.bytes(count));
        check.accept(count);
        return Bits.unpack(bitmap, count);
    }

    Values read(StoredField field, int count, boolean orMore) {
        Index index = field.index();
        if (index == null) {
            return stored(field, count, orMore);
        }
        byte[] valid = level(field.name(), count, orMore);
        ByteBuffer indices =
                body.buffer(field.name(), (long) count * index.width()).order(ByteOrder.LITTLE_ENDIAN);
        Values dictionary = dictionaries.values(field, index);
        int[] at = new int[count];
        for (int i = 0; i < count; i++) {
            at[i] = valid != null && valid[i] == 0 ? Values.NULL : at(field, index, indices, i, dictionary.size());
        }
        return dictionary.take(at, new byte[field.decodedWidth()], check);
    }

    private static int at(StoredField field, Index index, ByteBuffer indices, int i, int size) {
        long at = switch (index.width()) {
            case Byte.BYTES -> index.signed() ? indices.get(i) : indices.get(i) & 0xFF;
            case Short.BYTES -> index.signed() ? indices.getShort(2 * i) : indices.getShort(2 * i) & 0xFFFF;
            case Integer.BYTES -> index.signed() ? indices.getInt(4 * i) : indices.getInt(4 * i) & 0xFFFF_FFFFL;
            default -> indices.getLong(8 * i);
        };
        if (at < 0 || at >= size) {
            throw new IllegalArgumentException(field.name() + ": expected an index of the " + size
                    + " values of dictionary " + index.dictionary() + " as value " + i + ", but got " + at);
        }
        return (int) at;
    }

    /** Reads the values of a field without a dictionary, or the values of a dictionary. */
    Values stored(StoredField field, int count, boolean orMore) {
        String name = field.name();
        byte[] valid = level(name, count, orMore);
        int width = field.width();
        return switch (field.storage()) {
            case PLAIN -> Values.ofWidth(width, count, body.buffer(name, (long) count * width), valid);
            case UINT64 -> notNegative(name, Values.ofWidth(width, count, body.buffer(name, 8L * count), valid));
            case BITS -> Values.ofWidth(1, count, ByteBuffer.wrap(unpack(name, count)), valid);
            case BINARY -> {
                Offsets offsets = offsets(field, count, false);
                yield Values.ofStrings(count, offsets.ints(), body.buffer(name, offsets.last()), valid);
            }
            case LARGE_BINARY -> {
                Offsets offsets = offsets(field, count, true).fromZero(count, name);
                ByteBuffer upTo = body.buffer(name, offsets.base() + offsets.last());
                int base = (int) offsets.base();
                ByteBuffer bytes = upTo.slice(base, upTo.limit() - base);
                yield Values.ofStrings(count, offsets.ints(), bytes, valid);
            }
            case FIXED_BINARY -> {
                ByteBuffer bytes = body.buffer(name, (long) count * width);
                check.accept((count + 1L) * Integer.BYTES);
                ByteBuffer offsets =
                        ByteBuffer.allocate((count + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i <= count; i++) {
                    offsets.putInt(i * width);
                }
                yield Values.ofStrings(count, offsets.flip(), bytes, valid);
            }
            case VIEWS -> views(name, count, valid);
        };
    }

    private static Values notNegative(String name, Values values) {
        for (int i = 0; i < values.size(); i++) {
            long value = values.bytes().getLong(i * Long.BYTES);
            if (value < 0 && !values.isNull(i)) {
                throw new UnsupportedOperationException("field \"" + name + "\" has the unsigned number "
                        + Long.toUnsignedString(value) + ", which is more than INT64 can have: cast it to int64 or"
                        + " float64");
            }
        }
        return values;
    }

    /** Reads {@code count + 1} offsets. If {@code count} is 0, the buffer may also be empty. */
    Offsets offsets(StoredField field, int count, boolean large) {
        int width = large ? Long.BYTES : Integer.BYTES;
        boolean none = count == 0 && body.isNextEmpty();
        ByteBuffer offsets = body.buffer(field.name(), none ? 0 : (count + 1L) * width);
        return new Offsets(none ? ByteBuffer.allocate(width) : offsets, large, 0);
    }

    /**
     * Reads views. A view is either a short string or the position of a long string.
     *
     * <pre>
     *           0            4                   8                  12          16
     *   short  | length (4) | up to 12 bytes, padded                            |
     *   long   | length (4) | first 4 bytes (4) | buffer index (4) | offset (4) |
     * </pre>
     */
    private Values views(String name, int count, byte @Nullable [] valid) {
        ByteBuffer views = body.buffer(name, (long) count * VIEW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer[] buffers = body.variadic(name);
        long length = 0;
        for (int i = 0; i < count; i++) {
            if (valid == null || valid[i] != 0) {
                length += length(name, views, i, buffers);
            }
        }
        // views may share bytes, so the total length of all strings can exceed the length of the message
        check.accept(length + (count + 1L) * Integer.BYTES);
        ByteBuffer bytes = ByteBuffer.allocate((int) length);
        ByteBuffer offsets = ByteBuffer.allocate((count + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int end = 0;
        offsets.putInt(end);
        for (int i = 0; i < count; i++) {
            if (valid == null || valid[i] != 0) {
                int at = i * VIEW_BYTES;
                int size = views.getInt(at);
                if (size <= INLINE_BYTES) {
                    bytes.put(end, views, at + 4, size);
                } else {
                    bytes.put(end, buffers[views.getInt(at + 8)], views.getInt(at + 12), size);
                }
                end += size;
            }
            offsets.putInt(end);
        }
        return Values.ofStrings(count, offsets.flip(), bytes, valid);
    }

    private static int length(String name, ByteBuffer views, int i, ByteBuffer[] buffers) {
        int size = views.getInt(i * VIEW_BYTES);
        int buffer = size > INLINE_BYTES ? views.getInt(i * VIEW_BYTES + 8) : 0;
        int at = size > INLINE_BYTES ? views.getInt(i * VIEW_BYTES + 12) : 0;
        boolean inside = size <= INLINE_BYTES
                || (buffer >= 0 && buffer < buffers.length && at >= 0 && at <= buffers[buffer].limit() - size);
        if (size < 0 || !inside) {
            throw new IllegalArgumentException(name + ": expected value " + i + " in one of its " + buffers.length
                    + " buffers, but got " + size + " bytes at " + at + " of buffer " + buffer);
        }
        return size;
    }
}
