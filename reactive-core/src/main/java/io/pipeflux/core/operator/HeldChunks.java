package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import org.jspecify.annotations.Nullable;

/**
 * Decides which records an operator copies before it queues them. A record keeps the whole chunk in memory in which it
 * arrived. Downstream of a filter, a chunk of 256 KiB could be kept for one record of 100 bytes.
 *
 * <pre>
 *   | r r r r r r r r r r |    all records arrive: their budget covers the chunk, and none is copied
 *   | r         r         |    a filter has left few: records of later chunks are copied until their budget covers it
 * </pre>
 *
 * <p>Each record has a budget of twice its payload plus {@value #PER_RECORD} bytes, which is more than its share of a
 * chunk in all formats. A chunk costs its length, and a copy of a record costs the copy's length. A record is copied
 * while there is a {@code debt}: the part of an earlier chunk's cost that the records so far have not covered. So any
 * sequence of records keeps no more memory than its budget and two chunks: the one that was not covered when the
 * sequence began, and the last. For one thread at a time.
 */
final class HeldChunks {

    private static final int PER_RECORD = 64;

    /** The header and the padding of an array. */
    private static final int COPY = 24;

    private byte @Nullable [] last; // the chunk that was counted last
    private long debt;

    /** Returns what to queue: the element, or a copy of it. */
    <T> T keep(T element) {
        return element instanceof RawRecord record ? kept(element, record) : element;
    }

    // a copy of a T that is a RawRecord, whose class is final; the very chunk
    @SuppressWarnings({"unchecked", "ReferenceEquality"})
    private <T> T kept(T element, RawRecord record) {
        byte[] chunk = record.array();
        if (debt == 0 && chunk == last) {
            return element; // most records: the cost of their chunk is covered
        }
        long pays = 2L * record.size() + PER_RECORD;
        if (chunk != last && chunk.length > pays) {
            if (debt > 0) {
                RawRecord copy = record.copy();
                debt = Math.max(0, debt - (pays - record.size() - COPY));
                return (T) copy;
            }
            debt = chunk.length;
            last = chunk;
        } else if (chunk != last) {
            pays -= chunk.length; // its array is its own, or almost
        }
        debt = Math.max(0, debt - pays);
        return element;
    }

    /** Returns a copy of a record that shares its array with others, so that each can be released by itself. */
    @SuppressWarnings("unchecked") // a copy of a T that is a RawRecord, whose class is final
    static <T> T alone(T element) {
        return element instanceof RawRecord record && record.array().length > record.size() + record.size() / 8 + COPY
                ? (T) record.copy()
                : element;
    }
}
