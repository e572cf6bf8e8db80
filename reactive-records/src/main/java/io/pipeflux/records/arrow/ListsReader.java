package io.pipeflux.records.arrow;

import io.pipeflux.records.arrow.StoredField.StoredList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Reads the lists of a ragged column, level by level, from the outermost level inwards. For each level, the result is
 * the level's row splits. If the lists of a level all have the same fixed length, the message contains no splits for
 * this level, so the splits are computed.
 *
 * <p>The lists may use only some of the stored values: those from {@link #begin} to {@link #end}.
 */
final class ListsReader {

    private static final byte[] NO_NULLS = {};

    private final StoredField field;
    private final LongConsumer check;
    private final List<ByteBuffer> splits = new ArrayList<>();
    private final List<byte[]> valid = new ArrayList<>(); // for each level, an array that contains 0 for each null list
    private int begin;
    private int end;

    private ListsReader(StoredField field, int rows, LongConsumer check) {
        this.field = field;
        this.check = check;
        this.end = rows;
    }

    /**
     * Reads all levels. The values follow in the message, so the caller must read them next.
     *
     * @param check a check that receives a number of bytes, and throws an exception if the number is too large
     */
    static ListsReader read(StoredField field, int rows, ValuesReader values, LongConsumer check) {
        ListsReader reader = new ListsReader(field, rows, check);
        field.lists().forEach(list -> reader.level(list, values));
        return reader;
    }

    private void level(StoredList list, ValuesReader values) {
        byte[] marks = values.level(field.name(), end, !splits.isEmpty());
        byte[] used = marks == null ? null : Bits.unlessAllSet(Arrays.copyOfRange(marks, begin, end));
        valid.add(used == null ? NO_NULLS : used);
        if (list.isFixed()) {
            splits.add(fixed(list.size()));
            begin = MessageBody.count(field.name(), (long) begin * list.size());
            end = MessageBody.count(field.name(), (long) end * list.size());
            return;
        }
        int count = end - begin;
        Offsets offsets = values.offsets(field, end, list.large()).between(begin, end);
        if (list.large() || offsets.first() != 0) {
            offsets = offsets.fromZero(count, field.name());
        }
        splits.add(offsets.ints());
        boolean none = offsets.last() == 0; // if all lists are empty, their offsets may be arbitrary
        begin = none ? 0 : MessageBody.count(field.name(), offsets.base());
        end = none ? 0 : MessageBody.count(field.name(), offsets.base() + offsets.last());
    }

    private ByteBuffer fixed(int size) {
        int count = end - begin;
        check.accept((count + 1L) * Integer.BYTES); // the splits need memory that is not in the message
        MessageBody.count(field.name(), (long) count * size);
        ByteBuffer ends = ints(count + 1);
        for (int i = 0; i <= count; i++) {
            ends.putInt(i * size);
        }
        return ends.flip();
    }

    /** Returns the row splits of each level, outermost first. At each level, the first split is 0. */
    List<ByteBuffer> splits() {
        return splits;
    }

    /** Returns the index of the first value that a list uses. */
    int begin() {
        return begin;
    }

    /** Returns the index after the last value that a list uses. */
    int end() {
        return end;
    }

    /** Returns the number of lists that are null. */
    int nulls() {
        return valid.stream().mapToInt(Bits::countZeros).sum();
    }

    /**
     * Makes null lists empty. This removes the values of null lists, so the method returns the indexes of the remaining
     * values.
     */
    int[] leaveOutNulls() {
        int[] kept = indices(count(0));
        for (int level = 0; level < splits.size(); level++) {
            kept = leaveOutNulls(level, kept, level + 1 < splits.size() ? count(level + 1) : end - begin);
        }
        return kept;
    }

    /**
     * Keeps only the given lists of a level, and makes null lists empty. Returns the indexes of the elements of the
     * lists that are kept.
     */
    private int[] leaveOutNulls(int level, int[] lists, int elements) {
        byte[] marks = valid.get(level);
        field.requireNullable(marks.length == 0 || field.lists().get(level).nullable());
        ByteBuffer at = splits.get(level);
        requireAscending(at, elements);
        int[] kept = new int[elements];
        int count = 0;
        ByteBuffer ends = ints(lists.length + 1).putInt(0);
        for (int list : lists) {
            int to = at.getInt((list + 1) * Integer.BYTES);
            for (int i = at.getInt(list * Integer.BYTES); i < to && (marks.length == 0 || marks[list] != 0); i++) {
                kept[count++] = i;
            }
            ends.putInt(count);
        }
        splits.set(level, ends.flip());
        return Arrays.copyOf(kept, count);
    }

    private void requireAscending(ByteBuffer at, int most) {
        int to = 0;
        for (int i = 0; i < at.limit(); i += Integer.BYTES) {
            int from = to;
            to = at.getInt(i);
            if (to < from || to > most) {
                throw new IllegalArgumentException(field.name() + ": expected row splits in order from 0 to " + most
                        + ", but got " + to + " after " + from);
            }
        }
    }

    private int count(int level) {
        return splits.get(level).limit() / Integer.BYTES - 1;
    }

    private static int[] indices(int count) {
        int[] all = new int[count];
        Arrays.setAll(all, i -> i);
        return all;
    }

    private static ByteBuffer ints(int count) {
        return ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }
}
