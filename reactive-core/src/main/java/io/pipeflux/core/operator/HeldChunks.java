package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import org.jspecify.annotations.Nullable;

/**
 * Decides which records an operator copies before it queues them. A record refers to the chunk in which it arrived, and
 * so keeps the whole chunk in memory. Downstream of a filter, a single record of 100 bytes could keep a whole chunk of
 * 256 KiB.
 *
 * <pre>
 *   | r r r r r r r r r r |    all records arrive: their budgets cover the chunk, and none is copied
 *   | r         r         |    a filter kept only a few: records of later chunks are copied until their budgets
 *                              cover this chunk
 * </pre>
 *
 * <p>Each record has a budget of twice its payload size plus {@value #PER_RECORD} bytes. In every format, this is more
 * than the record's share of a chunk. A chunk costs its length, and a copy of a record costs the length of the copy.
 * The {@code debt} is the part of an earlier chunk's cost that the budgets of later records have not covered yet. While
 * there is a debt, a record of a different chunk is copied, unless the record's budget alone covers the cost of the
 * record's chunk. The memory that any sequence of records keeps is therefore limited to the sum of the records'
 * budgets, plus two chunks: the chunk whose cost was not covered when the sequence began, and the most recent chunk. An
 * instance is used by one thread at a time.
 */
final class HeldChunks {

    private static final int PER_RECORD = 64;

    /** The memory, in bytes, that a copy needs for its array's header and padding. */
    private static final int COPY = 24;

    private byte @Nullable [] last; // the chunk that was counted most recently
    private long debt;

    /** Returns the element to queue: the given element or a copy of it. */
    <T> T keep(T element) {
        return element instanceof RawRecord record ? kept(element, record) : element;
    }

    // the cast is safe, because RawRecord is final and the copy is therefore a T, too; chunks are compared by identity
    @SuppressWarnings({"unchecked", "ReferenceEquality"})
    private <T> T kept(T element, RawRecord record) {
        byte[] chunk = record.array();
        if (debt == 0 && chunk == last) {
            return element; // the usual case: the cost of the record's chunk is covered
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
            pays -= chunk.length; // the record fills its array, or nearly so
        }
        debt = Math.max(0, debt - pays);
        return element;
    }

    /**
     * Returns a copy of the element if the element is a record that shares its array with other records, so that the
     * memory of each record can be freed separately. Returns any other element itself.
     */
    @SuppressWarnings("unchecked") // RawRecord is final, so a copy of it is a T
    static <T> T alone(T element) {
        return element instanceof RawRecord record && record.array().length > record.size() + record.size() / 8 + COPY
                ? (T) record.copy()
                : element;
    }
}
