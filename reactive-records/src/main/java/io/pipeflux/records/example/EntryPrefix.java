package io.pipeflux.records.example;

import static io.pipeflux.records.example.LittleEndian.CONTINUATION;
import static io.pipeflux.records.example.WireReader.FIXED32;
import static io.pipeflux.records.example.WireReader.LENGTH;
import static io.pipeflux.records.example.WireReader.VARINT;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of an entry in a map of features, up to the entry's payload. A prefix exists only for entries with
 * the structure shown below. Another entry that begins with the same bytes has the same tags, lengths and key, and need
 * not be parsed. Immutable.
 *
 * <pre>
 *   prefix                                                        payload
 *   0a entry's length | 0a key's length, key | 12 feature's length | 0a list's length | 0a length   one byte string
 *                                                                  | 12 list's length | 0a length   floats
 *                                                                                     | 0d          one float
 *                                                                  | 1a list's length | 0a length   one varint
 *                                                                                     | 08          one varint
 * </pre>
 *
 * <p>The payload is at the end of the list, of the feature and of the entry. A prefix of up to 32 bytes is compared as
 * two or four words of 8 bytes. So that no byte outside the entry is read, the last one or two words are located
 * relative to the end of the prefix, and may overlap the first ones.
 */
final class EntryPrefix {

    /** The kinds of payloads. The kind determines how a payload is read. */
    enum Form {
        /**
         * Floats or bytes that form a whole row, and that are encoded in the same way on the wire and in the column.
         */
        ROW,
        /** One varint, for a column with one integer per row. */
        INT64_ROW,
        /** Floats that are passed to {@link ValueSink#floats}. */
        FLOATS,
        /** One varint that is passed to {@link ValueSink#integer}. */
        INT64,
        /** One byte string that is passed to {@link ValueSink#bytes}. */
        BYTES
    }

    /** The length of the shortest prefix. It belongs to an entry that has an empty key and an unpacked value. */
    static final int MIN_PREFIX = 9;

    static final int MAX_VARINT = 10;
    private static final int MAX_PREFIX = 128;
    private static final int WORD = Long.BYTES;
    private static final ValueSink NOBODY = new ValueSink();

    /** The prefix that matches no entry. */
    static final EntryPrefix NONE = new EntryPrefix(new byte[2 * WORD], Integer.MAX_VALUE, 0, Form.BYTES, NOBODY);

    /** The entry's length in bytes, including its tag. */
    final int length;

    /** The offset of the payload in the entry. */
    final int payload;

    /** The offset of the payload's length in the entry, if the payload has a length. */
    final int lengthAt;

    final Form form;
    final ValueSink sink;

    /**
     * The sink if the form is {@link Form#ROW}, otherwise null. This is a separate field, because checking one field is
     * faster than checking both the form and the sink.
     */
    final @Nullable ColumnWriter rows;

    /** The sink if the form is {@link Form#INT64_ROW}, otherwise null. */
    final @Nullable ColumnWriter int64Rows;

    /** The continuation bits of a varint that is as long as the payload, or 0 if the payload has more than 8 bytes. */
    final long continuation;

    private final long first;
    private final long second;
    private final long lastButOne;
    private final long last;
    private final byte[] prefix;

    private EntryPrefix(byte[] prefix, int length, int lengthAt, Form form, ValueSink sink) {
        this.prefix = prefix;
        this.length = length;
        this.payload = prefix.length;
        this.lengthAt = lengthAt;
        this.form = form;
        this.sink = sink;
        this.rows = form == Form.ROW ? (ColumnWriter) sink : null;
        this.int64Rows = form == Form.INT64_ROW ? (ColumnWriter) sink : null;
        int bytes = length - payload;
        this.continuation = bytes < 2 || bytes > WORD ? 0 : CONTINUATION >>> (Long.SIZE - Byte.SIZE * (bytes - 1));
        this.first = LittleEndian.getLong(prefix, 0);
        this.last = LittleEndian.getLong(prefix, payload - WORD);
        this.second = payload < 2 * WORD ? 0 : LittleEndian.getLong(prefix, WORD);
        this.lastButOne = payload < 2 * WORD ? 0 : LittleEndian.getLong(prefix, payload - 2 * WORD);
    }

    /**
     * Returns whether an entry begins with this prefix.
     *
     * @param at the index of the entry
     * @param end the end of the message that contains the entry
     * @param head the first 8 bytes of the entry
     */
    boolean matches(byte[] array, int at, int end, long head) {
        return head == first
                && length <= end - at
                && last == LittleEndian.getLong(array, at + payload - WORD)
                && (payload <= 2 * WORD || matchesBetween(array, at));
    }

    private boolean matchesBetween(byte[] array, int at) {
        return payload <= 4 * WORD
                ? second == LittleEndian.getLong(array, at + WORD)
                        && lastButOne == LittleEndian.getLong(array, at + payload - 2 * WORD)
                : Arrays.equals(prefix, 0, payload, array, at, at + payload);
    }

    /**
     * Returns the prefix of a valid entry, or null if the entry does not have the structure that is shown in the
     * Javadoc of this class.
     *
     * @param array the array that contains the entry
     * @param from the index of the entry's tag
     * @param to the index after the entry
     * @param sink the sink for the values of the entry's key
     */
    static @Nullable EntryPrefix of(byte[] array, int from, int to, ValueSink sink) {
        int at = enter(array, from, to, WireReader.tag(1, LENGTH), true);
        int key = enter(array, at, to, WireReader.tag(1, LENGTH), false);
        if (key < 0) {
            return null;
        }
        int feature = key + (int) varint(array, at + 1, to); // the index after the key
        int list = enter(array, feature, to, WireReader.tag(2, LENGTH), true);
        if (list < 0 || list == to) {
            return null;
        }
        int kind = array[list];
        int value = enter(array, list, to, kind, true);
        if (value < 0 || value == to) {
            return null;
        }
        int unpacked = array[value] == WireReader.tag(1, FIXED32) || array[value] == WireReader.tag(1, VARINT)
                ? value + 1
                : -1;
        int payload = unpacked >= 0 ? unpacked : enter(array, value, to, WireReader.tag(1, LENGTH), true);
        Form form = payload < 0 ? null : form(array, kind, array[value], payload, to, sink);
        if (form == null || payload - from > MAX_PREFIX) {
            return null;
        }
        return new EntryPrefix(Arrays.copyOfRange(array, from, payload), to - from, value + 1 - from, form, sink);
    }

    private static @Nullable Form form(byte[] array, int kind, int tag, int payload, int to, ValueSink sink) {
        boolean packed = tag == WireReader.tag(1, LENGTH);
        int bytes = to - payload;
        if (kind == WireReader.tag(1, LENGTH) && packed) {
            return sink instanceof RawWriter raw && raw.isRow(bytes) ? Form.ROW : Form.BYTES;
        }
        if (kind == WireReader.tag(2, LENGTH) && (packed || tag == WireReader.tag(1, FIXED32))) {
            boolean legal = packed ? bytes % Float.BYTES == 0 : bytes == Float.BYTES;
            return !legal ? null : sink instanceof FloatWriter floats && floats.isRow(bytes) ? Form.ROW : Form.FLOATS;
        }
        if (kind == WireReader.tag(3, LENGTH) && (packed || tag == WireReader.tag(1, VARINT))) {
            boolean one = bytes > 0 && bytes <= MAX_VARINT && varintEnd(array, payload, to) == to;
            return !one ? null : sink instanceof IntegerWriter ints && ints.isInt64() ? Form.INT64_ROW : Form.INT64;
        }
        return null;
    }

    /**
     * Returns the index at which the content of a field begins. The field must be a message or a string.
     *
     * @param field the index of the field's tag
     * @param to the end of the message that contains the field
     * @param isLast whether the content must end at {@code to}; if false, it may end earlier
     * @return the index, or -1 if there is no such field
     */
    private static int enter(byte[] array, int field, int to, int tag, boolean isLast) {
        if (field < 0 || field >= to || array[field] != tag) {
            return -1;
        }
        int begin = varintEnd(array, field + 1, to);
        if (begin < 0) {
            return -1;
        }
        long length = varint(array, field + 1, to);
        boolean fits = isLast ? length == to - begin : length >= 0 && length <= to - begin;
        return fits ? begin : -1;
    }

    /** Returns the index after a varint, or -1 if the varint does not end before {@code to}. */
    private static int varintEnd(byte[] array, int from, int to) {
        int most = Math.min(to, from + MAX_VARINT);
        for (int i = from; i < most; i++) {
            if (array[i] >= 0) {
                return i + 1;
            }
        }
        return -1;
    }

    private static long varint(byte[] array, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value |= (long) (array[i] & 0x7F) << (7 * (i - from));
            if (array[i] >= 0) {
                break;
            }
        }
        return value;
    }
}
