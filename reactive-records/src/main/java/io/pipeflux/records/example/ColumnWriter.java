package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.example.Feature.Layout;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the values of one feature to the feature's column, row by row. Surplus values and values of the wrong kind are
 * counted but not written. If a row has such values, {@link #endRow} throws an exception, unless a later feature with
 * the same name in the same record has replaced the values.
 *
 * <p>Each value on the wire becomes one or more elements of the column. If rows have a fixed length, all memory is
 * allocated at the beginning of a batch. Otherwise the memory grows with the values, to at most twice the size needed.
 *
 * <pre>
 *   elements   | row 0 | row 1     | row 2 so far |        |
 *                                  base()         next()
 * </pre>
 */
abstract class ColumnWriter extends ValueSink {

    private static final int FIRST_BYTES = 512;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    final Feature feature;
    private final FeatureLocation location;
    private final ValueKind expected;
    private final int width; // the length of an element in bytes
    private final int spare; // the number of additional elements that the column has after the last row
    private final boolean usual; // whether each row is one list of a known length whose values need no conversion
    private final int perItem; // the number of values that a row or step has on the wire
    private final int perValue; // the number of column elements per value on the wire
    private final int perRow; // the number of column elements per row, if rows have a fixed length
    private final boolean fixed; // whether rows have a fixed length
    private int rows;
    private final @Nullable Lists lists; // null if the column is not ragged in two levels
    private final @Nullable Partition partition; // null if no other key divides the row's values into lists
    private ByteBuffer splits = NOTHING;
    private ByteBuffer elements = NOTHING;
    // the array that backs `elements` from index 0, or null if there is none; writing to an array is faster than
    // writing to a buffer
    private byte @Nullable [] array;
    private @Nullable BatchMemory memory;
    private int row;
    private boolean whole; // whether the current row was written by putRow or putInt64
    private int base;
    private int step;
    private @Nullable String wrongStep;

    ColumnWriter(Feature feature, FeatureLocation location, int width, int spare) {
        this.feature = feature;
        this.location = location;
        this.expected = feature.kind();
        this.width = width;
        this.spare = spare;
        this.perItem = feature.isRaw() ? 1 : feature.size();
        this.perValue = feature.isRaw() ? feature.size() : 1;
        this.perRow = feature.size();
        this.fixed = feature.layout() == Layout.FIXED && !location.hasSteps();
        this.partition = feature.partition() == null ? null : new Partition(feature.partition());
        this.lists = partition != null || (location.hasSteps() && feature.layout() == Layout.RAGGED)
                ? new Lists(feature.name())
                : null;
        this.usual = fixed && !feature.isRaw() && !feature.isConverted();
    }

    /**
     * Begins a batch.
     *
     * @param count the number of rows of the batch
     */
    void start(int count, BatchMemory ofBatch) {
        memory = ofBatch;
        rows = count;
        row = 0;
        base = 0;
        startFeature();
        if (lists != null) {
            lists.start(count, ofBatch);
        }
        splits = fixed ? NOTHING : allocate((rows + 1L) * Integer.BYTES, rows).putInt(0, 0);
        setElements(fixed ? elements(feature.shapeOf(rows), (long) rows * feature.size()) : firstElements());
    }

    private ByteBuffer firstElements() {
        return spare == 0 ? NOTHING : allocate((long) spare * width, rows);
    }

    private void setElements(ByteBuffer next) {
        elements = next;
        array = next.hasArray() && next.arrayOffset() == 0 ? next.array() : null;
    }

    final int rows() {
        return rows;
    }

    final boolean isFixed() {
        return fixed;
    }

    /**
     * Copies a whole row, whose bytes must be the same on the wire and in the column. This method is called instead of
     * {@link #startFeature}, {@link #startList} and the methods that receive values.
     */
    final void putRow(byte[] wire, int from, int bytes) {
        int at = base * width;
        byte[] to = array;
        if (to == null) {
            elements.put(at, wire, from, bytes);
        } else if (bytes == Integer.BYTES) {
            LittleEndian.putInt(to, at, LittleEndian.getInt(wire, from));
        } else if (bytes == Long.BYTES) {
            LittleEndian.putLong(to, at, LittleEndian.getLong(wire, from));
        } else {
            System.arraycopy(wire, from, to, at, bytes);
        }
        whole = true;
    }

    /**
     * Writes a row that consists of one int64. Called instead of {@link #startFeature}, {@link #startList} and the
     * methods that receive values.
     */
    final void putInt64(long value) {
        byte[] to = array;
        if (to == null) {
            elements.putLong(base * Long.BYTES, value);
        } else {
            LittleEndian.putLong(to, base * Long.BYTES, value);
        }
        whole = true;
    }

    /**
     * Returns the feature's writers. A sparse feature has one writer for each column of indexes and one writer for the
     * values. Any other feature has one writer.
     */
    static List<ColumnWriter> of(Feature feature, FeatureLocation location) {
        ColumnWriter writer = writer(feature, location);
        if (feature.layout() != Layout.SPARSE) {
            return List.of(writer);
        }
        List<ColumnWriter> all = new ArrayList<>(IndexWriter.of(feature, location, writer));
        all.add(writer);
        return all;
    }

    private static ColumnWriter writer(Feature feature, FeatureLocation location) {
        if (feature.isConverted()) {
            return feature.dtype().hasOffsets()
                    ? new TextWriter(feature, location)
                    : new ConvertingWriter(feature, location);
        }
        if (feature.isRaw()) {
            return new RawWriter(feature, location);
        }
        return switch (feature.kind()) {
            case BYTES -> new BytesWriter(feature, location);
            case FLOAT, DOUBLE -> new FloatWriter(feature, location);
            case INT64, INT32 -> new IntegerWriter(feature, location);
        };
    }

    /**
     * Writes a row of padding, or the row of a record that does not have the feature. Writing starts at {@link #next}.
     *
     * @param values the feature's default or padding, or null for zeros or empty byte strings
     */
    abstract void fill(byte @Nullable [][] values);

    /**
     * Adds the column to a list after all rows have been written. For a padded feature, also adds the column of lengths
     * and, if the feature has a mask, the mask. After this call, the writer no longer holds a reference to the column's
     * memory.
     */
    final void finish(List<RawRecord> records, List<Column> to) {
        Column column = column(records);
        to.add(column);
        if (feature.layout() == Layout.PADDED) {
            to.add(PaddedRows.lengths(feature.lengths(), rows, this::steps, memory()));
            if (feature.isMasked()) {
                to.add(PaddedRows.mask(feature.mask(), rows, column.shape()[1], this::steps, memory()));
            }
        }
        if (lists != null) {
            lists.stop();
        }
        splits = NOTHING;
        setElements(NOTHING);
        memory = null;
    }

    /** Returns the number of steps of a row, not counting padding. */
    private int steps(int ofRow) {
        return (rowEnd(ofRow) - rowEnd(ofRow - 1)) / feature.size();
    }

    private Column column(List<RawRecord> records) {
        if (fixed) {
            return column(feature.shapeOf(rows), elements.clear(), records);
        }
        if (feature.layout() != Layout.PADDED) {
            return column(null, elements.slice(0, (base + spare) * width).order(ByteOrder.LITTLE_ENDIAN), records);
        }
        int longest = 0;
        for (int i = 0; i < rows; i++) {
            longest = Math.max(longest, rowEnd(i) - rowEnd(i - 1));
        }
        int[] shape = feature.shapeOf(rows, longest / feature.size());
        return column(shape, padded(shape, longest), records);
    }

    /**
     * Returns the column.
     *
     * @param shape the column's shape, or null if it is ragged
     * @param values the memory of the column's elements, including the additional elements at the end
     */
    abstract Column column(int @Nullable [] shape, ByteBuffer values, List<RawRecord> records);

    private ByteBuffer padded(int[] shape, int longest) {
        ByteBuffer padded = elements(shape, (long) rows * longest);
        byte[] pad = pad();
        for (int i = 0; i < rows; i++) {
            int from = rowEnd(i - 1) * width;
            int length = rowEnd(i) * width - from;
            padded.put(elements.slice(from, length));
            for (int left = longest * width - length; left > 0; left -= width) {
                padded.put(pad);
            }
        }
        release(elements);
        return padded.clear();
    }

    /**
     * Allocates the elements of a column whose shape is known. For a byte-string column, the elements are offsets, and
     * their number is the number of values plus 1.
     */
    private ByteBuffer elements(int[] shape, long count) {
        return spare > 0
                ? allocate((count + spare) * width, rows)
                : memory().allocate(feature.name(), feature.dtype(), shape);
    }

    /**
     * Reorders the elements of the current row.
     *
     * @param order for each new position in the row, the old index of the element
     */
    final void reorder(Integer[] order) {
        byte[] old = new byte[order.length * width];
        elements.get(base * width, old);
        for (int i = 0; i < order.length; i++) {
            elements.put((base + i) * width, old, order[i] * width, width);
        }
    }

    /** Returns the bytes of the element with which rows are padded. */
    byte[] pad() {
        byte[][] fill = feature.fill();
        return fill == null ? new byte[width] : fill[0];
    }

    /** Returns the index after the last element of row {@code i}, not counting padding. */
    final int rowEnd(int i) {
        return fixed ? (i + 1) * feature.size() : splits.getInt((i + 1) * Integer.BYTES);
    }

    /** Returns the row splits of each level of a ragged column. */
    final List<ByteBuffer> rowSplits() {
        return lists == null ? List.of(splits) : lists.rowSplits();
    }

    /** Returns one sink for each of the feature's keys, in the order of the keys. */
    final List<ValueSink> sinks() {
        return partition == null ? List.of(this) : List.of(this, partition);
    }

    @Override
    void startFeature() {
        super.startFeature();
        whole = false;
        step = 0;
        wrongStep = null;
    }

    @Override
    void endStep() {
        if (wrongStep == null) {
            boolean none = kind() == null && lists == null; // an empty list has no kind
            String wrong = none ? wrongType("none", "write values into each step, or leave the step out") : wrong();
            wrongStep = wrong == null ? null : "Feature list: " + feature.key() + ", Index: " + step + ".  " + wrong;
        }
        step++;
        if (lists != null && wrongStep == null) {
            lists.end(step, base + rowElements());
        }
    }

    /** Checks the current row, which must be complete, and begins the next row. */
    final void end(RawRecord record) {
        if (whole) {
            whole = false;
            base += perRow;
            row++;
            super.startFeature();
        } else {
            endRow(record);
        }
    }

    /** Checks a row that was not written by {@link #putRow} or {@link #putInt64}, and begins the next row. */
    void endRow(RawRecord record) {
        if (usual && kind() == expected && count() == perItem) {
            nextRow(perItem);
            return;
        }
        if (partition != null) {
            endLists(record, partition);
            return;
        }
        if (location.hasSteps() ? inSteps() : kind() != null) {
            if (wrongStep != null) {
                throw mismatched(record, wrongStep);
            }
            String wrong = location.hasSteps() ? null : wrong();
            if (wrong != null) {
                throw mismatch(record, wrong);
            }
            nextRow(fixed ? feature.size() : rowElements());
        } else {
            if (feature.layout() == Layout.FIXED && feature.fill() == null) {
                throw missing(record);
            }
            emptyRow();
        }
    }

    /** Checks a row whose values are divided into lists by row splits or row lengths, and begins the next row. */
    private void endLists(RawRecord record, Partition of) {
        Lists to = Objects.requireNonNull(lists);
        String wrong = wrong();
        if (wrong != null) {
            throw mismatch(record, wrong);
        }
        int length = rowElements();
        String wrongLists = of.wrong(length);
        if (wrongLists != null) {
            throw mismatched(record, "Key: " + of.key() + ", Index: " + row + ".  " + wrongLists);
        }
        step = of.lists();
        for (int i = 0; i < step; i++) {
            to.end(i + 1, base + of.end(i));
        }
        of.startFeature();
        nextRow(length);
    }

    /** Writes a row of padding, or the row of a record that does not have the feature. */
    final void emptyRow() {
        startFeature();
        if (fixed) {
            fill(feature.fill());
        }
        nextRow(fixed ? feature.size() : 0);
    }

    private void nextRow(int length) {
        base += length;
        row++;
        if (!fixed) {
            splits.putInt(row * Integer.BYTES, base);
            if (lists != null) {
                lists.endRow(step);
            }
        }
        startFeature();
    }

    /** Returns a description of the fault in the values of the current row or step, or null if the values are valid. */
    @Nullable
    String wrong() {
        ValueKind found = kind();
        if (found != null && found != feature.kind()) {
            return wrongType(
                    found.type, "change the feature's type to " + found.dtype + ", or write " + feature.kind().type);
        }
        int count = stepCount();
        String values = feature.kind().values;
        if (!location.hasSteps() && feature.layout() == Layout.PADDED) {
            String dimensions = feature.shape().equals("[]")
                    ? "[?]"
                    : "[?," + feature.shape().substring(1);
            return count % perItem == 0
                    ? null
                    : "Number of " + values + " values is not a multiple of stride length. Saw " + count
                            + " values but output shape is: " + dimensions
                            + ": specify a shape whose size divides the number of values";
        }
        boolean free = feature.layout() == Layout.RAGGED || feature.layout() == Layout.SPARSE;
        return free || count == perItem
                ? null
                : "Number of " + values + " values != expected.  Values size: " + count + " but output shape: "
                        + (feature.isRaw()
                                ? "[]: a raw feature has one byte string; for several, use bytes"
                                : feature.shape() + cure(count));
    }

    /** Describes the shape that would fit a row of {@code count} values. */
    private static String cure(int count) {
        return (count == 0 ? ": " : ": specify a shape of " + count + (count == 1 ? " value; " : " values; "))
                + "if the number of values varies, use a ragged or padded feature";
    }

    private String wrongType(String found, String cure) {
        return "Data types don't match. Data type: " + found + " but expected type: " + feature.kind().type + ": "
                + cure;
    }

    /** Returns the index of the current row. */
    final int row() {
        return row;
    }

    /** Returns the index of the current row's first element. */
    final int base() {
        return base;
    }

    /** Returns the index of the element at which the next value will be written. */
    final int next() {
        return base + count() * perValue;
    }

    /** Returns the number of elements of the current row. Called only if rows have varying lengths. */
    int rowElements() {
        return count() * perValue;
    }

    /**
     * Returns how many of the next values fit into the current row, and allocates memory for these values.
     *
     * @param values the number of values to be written next
     */
    final int room(int values) {
        if (kind() != expected) {
            return 0;
        }
        if (fixed) {
            return Math.min(values, perItem - count());
        }
        if (location.hasSteps() && lists == null) {
            // The values of a step with a wrong length are not written, so they need no memory.
            return wrongStep != null || stepCount() + values > perItem ? 0 : grown(values);
        }
        return grown(values);
    }

    private int grown(int values) {
        grow(((long) count() + values) * perValue);
        return values;
    }

    /** Ensures that there is memory for {@code elementsOfRow} elements of the current row. */
    final void grow(long elementsOfRow) {
        long needed = (base + elementsOfRow + spare) * width;
        if (needed > elements.capacity()) {
            long twice = Math.max(FIRST_BYTES, 2L * elements.capacity());
            ByteBuffer more = allocate(Math.max(needed, Math.min(twice, BatchMemory.MAX_BYTES)), row + 1);
            ByteBuffer less = elements;
            setElements(more.put(less.clear()).clear());
            release(less);
        }
    }

    /** Returns the memory of the elements. */
    final ByteBuffer elements() {
        return elements;
    }

    /**
     * Allocates memory of the given size for the column.
     *
     * @param of the number of rows for which the memory is allocated. The error message states this number
     * @throws IllegalArgumentException if a column cannot have that many bytes
     */
    final ByteBuffer allocate(long bytes, int of) {
        return memory().allocate(feature.name(), bytes, of);
    }

    /** Releases a buffer that the column does not need, or no longer needs. */
    private void release(ByteBuffer part) {
        memory().release(part);
    }

    private BatchMemory memory() {
        return Objects.requireNonNull(memory, "the memory of a batch that has begun");
    }

    final SchemaMismatchException mismatch(RawRecord record, String what) {
        return mismatched(record, "Key: " + feature.key() + ", Index: " + row + ".  " + what);
    }

    private SchemaMismatchException missing(RawRecord record) {
        boolean steps = location.hasSteps();
        String what = steps
                ? "Feature list '" + feature.key() + "'"
                : "Feature: " + feature.key() + " (data type: " + feature.kind().type + ")";
        return mismatched(
                record,
                what + " is required but could not be found.  " + (steps ? "Feature lists" : "Features")
                        + " that could be found: " + location.names(record)
                        + ": specify a name that the records have, or, if"
                        + " records may lack the values, "
                        + (steps ? "use a ragged or padded feature" : "use withDefault"));
    }

    private static SchemaMismatchException mismatched(RawRecord record, String what) {
        return CoreAccess.exception(
                SchemaMismatchException.class,
                ErrorKind.WRONG_VALUE,
                "Name: <unknown>, " + what,
                record.source(),
                record.position(),
                null);
    }
}
