package io.pipeflux.records.example;

import static io.pipeflux.records.example.LittleEndian.CONTINUATION;

import java.util.Arrays;

/**
 * Reads entries of a map without parsing them. This is possible for an entry that differs only in its values from an
 * entry that has been parsed before. The order of the entries does not matter. The {@link EntryPrefix} of an entry is
 * looked up by a hash of the entry's first 8 bytes and of 8 bytes around the end of the key. The parser parses the
 * unknown entries, and then calls {@link #learn}. Not thread-safe.
 *
 * <pre>{@code
 *   | 0a length | 0a length | key                      | 12 length | 12 length | ...
 *   |<- first 8 bytes ->|               |<-- 4 bytes ->|<- 4 bytes ->|
 * }</pre>
 *
 * <p>The hash table has room for 1,024 prefixes. If the lengths of values vary a lot, too many prefixes share a slot.
 * In that case, only one out of {@value #RELEARN} new prefixes replaces an existing prefix, because the cost of
 * learning every prefix would be higher than the savings.
 */
final class EntryPrefixes {

    private static final int BITS = 10;
    private static final int PROBES = 4;
    private static final int RELEARN = 32;
    // the bit in an entry's first 8 bytes that is set if the varint with the entry's length has more than one byte
    private static final int LONG_LENGTH = 0x8000;
    private static final int MAX_TAIL = 63;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final long SILVER = 0xC2B2_AE3D_27D4_EB4FL;

    private final EntryPrefix[] table = new EntryPrefix[(1 << BITS) + PROBES];
    private int crowded;

    EntryPrefixes() {
        Arrays.fill(table, EntryPrefix.NONE);
    }

    /**
     * Reads entries up to the first one that must be parsed.
     *
     * @param from the index of the first entry
     * @param end the end of the message that contains the entries
     * @return the index of the first entry that must be parsed, or {@code end}
     */
    int take(byte[] array, int from, int end) {
        int at = from;
        while (end - at > EntryPrefix.MIN_PREFIX) {
            long head = LittleEndian.getLong(array, at);
            int tail = at + tail(head);
            if (tail + Long.BYTES > end) {
                return at;
            }
            EntryPrefix entryPrefix = find(array, at, end, head, LittleEndian.getLong(array, tail));
            if (entryPrefix == EntryPrefix.NONE || !take(entryPrefix, array, at)) {
                return at;
            }
            // Both expressions give the length of the entry. The first expression does not depend on the prefix that
            // was found, so the CPU can begin with the next entry earlier.
            at += (head & LONG_LENGTH) == 0 ? 2 + (((int) head >>> 8) & 0x7F) : entryPrefix.length;
        }
        return at;
    }

    /**
     * Adds an entry that the parser has read successfully.
     *
     * @param sink the sink for the values of all entries with this entry's key
     */
    void learn(byte[] array, int from, int to, ValueSink sink) {
        if (to - from <= EntryPrefix.MIN_PREFIX) {
            return;
        }
        long head = LittleEndian.getLong(array, from);
        int tail = from + tail(head);
        if (tail + Long.BYTES > to) {
            return;
        }
        int slot = slot(head, LittleEndian.getLong(array, tail));
        int free = slot;
        while (free < slot + PROBES && table[free] != EntryPrefix.NONE) {
            free++;
        }
        if (free == slot + PROBES) {
            crowded++;
            if (crowded % RELEARN != 0) {
                return;
            }
            free = slot + (crowded / RELEARN) % PROBES;
        }
        EntryPrefix entryPrefix = EntryPrefix.of(array, from, to, sink);
        if (entryPrefix != null) {
            table[free] = entryPrefix;
        }
    }

    /**
     * Returns the offset in the entry at which the last 4 bytes of the key begin. The hash includes the 8 bytes from
     * this offset on. The offset is never after the end of the prefix.
     */
    private static int tail(long head) {
        if ((head & LONG_LENGTH) == 0) {
            return (int) (head >>> 24) & MAX_TAIL;
        }
        // the number of bytes of the varint that contains the entry's length
        int bytes = Long.numberOfTrailingZeros(~head & 0x80_8080_8000L) >>> 3;
        return ((int) (head >>> (8 * (bytes + 2))) & MAX_TAIL) + bytes - 1;
    }

    private static int slot(long head, long tail) {
        return (int) (((head * GOLDEN) ^ (tail * SILVER)) >>> (Long.SIZE - BITS));
    }

    private EntryPrefix find(byte[] array, int at, int end, long head, long tail) {
        int slot = slot(head, tail);
        for (int i = slot; i < slot + PROBES; i++) {
            if (table[i].matches(array, at, end, head)) {
                return table[i];
            }
        }
        return EntryPrefix.NONE;
    }

    /** Passes the payload to its sink, or returns false if the entry must be parsed instead. */
    private static boolean take(EntryPrefix entryPrefix, byte[] array, int at) {
        ColumnWriter rows = entryPrefix.rows;
        if (rows != null) {
            rows.putRow(array, at + entryPrefix.payload, entryPrefix.length - entryPrefix.payload);
            return true;
        }
        return (entryPrefix.int64Rows != null || entryPrefix.form == EntryPrefix.Form.INT64)
                ? integer(entryPrefix, array, at)
                : values(entryPrefix, array, at);
    }

    private static boolean values(EntryPrefix entryPrefix, byte[] array, int at) {
        ValueSink sink = entryPrefix.sink;
        int from = at + entryPrefix.payload;
        int bytes = entryPrefix.length - entryPrefix.payload;
        sink.startFeature();
        if (entryPrefix.form == EntryPrefix.Form.BYTES) {
            sink.startList(ValueKind.BYTES);
            sink.bytes(array, at + entryPrefix.lengthAt, from, bytes);
        } else {
            sink.startList(ValueKind.FLOAT);
            sink.floats(array, from, bytes / Float.BYTES);
        }
        return true;
    }

    private static boolean integer(EntryPrefix entryPrefix, byte[] array, int at) {
        int bytes = entryPrefix.length - entryPrefix.payload;
        long value;
        if (bytes <= Long.BYTES) {
            // the last 8 bytes of the entry; the shift removes those that belong to the prefix
            long word = LittleEndian.getLong(array, at + entryPrefix.length - Long.BYTES) >>> (-Byte.SIZE * bytes);
            if ((word & CONTINUATION) != entryPrefix.continuation) {
                return false;
            }
            value = LittleEndian.join7(word);
        } else {
            int from = at + entryPrefix.payload;
            long word = LittleEndian.getLong(array, from);
            byte ninth = array[from + Long.BYTES];
            byte last = array[at + entryPrefix.length - 1];
            if ((word & CONTINUATION) != CONTINUATION || last < 0 || (bytes == EntryPrefix.MAX_VARINT && ninth >= 0)) {
                return false;
            }
            value = LittleEndian.join7(word) | (ninth & 0x7FL) << 56;
            if (bytes == EntryPrefix.MAX_VARINT) {
                value |= (long) last << 63;
            }
        }
        ColumnWriter rows = entryPrefix.int64Rows;
        if (rows != null) {
            rows.putInt64(value);
        } else {
            entryPrefix.sink.startFeature();
            entryPrefix.sink.startList(ValueKind.INT64);
            entryPrefix.sink.integer(value);
        }
        return true;
    }
}
