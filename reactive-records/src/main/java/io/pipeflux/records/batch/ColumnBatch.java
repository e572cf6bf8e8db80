package io.pipeflux.records.batch;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.Releasable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive rows of a channel as columns, and the point at which reading resumes after them.
 *
 * <p>If a training loop stores {@link #resumeAt} together with its model after each step, it neither loses nor repeats
 * records when it is restarted with {@link io.pipeflux.core.Pass#resumeAt}.
 *
 * <p>Batches are equal if they have equal columns in the same order and equal numbers of padded rows, resume points and
 * metadata. A released batch equals only itself.
 */
public final class ColumnBatch implements Releasable {

    private final int rows;
    private final int paddedRows;
    private final Map<String, Column> columns;
    private final ResumePoint resumeAt;
    private final Map<String, String> metadata;
    private final @Nullable Lifetime lifetime; // null if the memory is left to the garbage collector

    private ColumnBatch(
            int rows,
            int paddedRows,
            Map<String, Column> columns,
            ResumePoint resumeAt,
            Map<String, String> metadata,
            @Nullable Lifetime lifetime) {
        this.rows = rows;
        this.paddedRows = paddedRows;
        this.columns = columns;
        this.resumeAt = Objects.requireNonNull(resumeAt, "resumeAt");
        this.metadata = metadata;
        this.lifetime = lifetime;
    }

    /**
     * Returns a batch.
     *
     * @param columns at least one column, all with the same number of rows and with different names
     * @param resumeAt the point from which reading continues after the batch's last record
     */
    public static ColumnBatch of(List<Column> columns, ResumePoint resumeAt) {
        return of(columns, resumeAt, 0);
    }

    /**
     * Returns a batch whose last rows are padding, so that it is as large as the other batches.
     *
     * @param columns at least one column, all with the same number of rows and with different names
     * @param resumeAt the point from which reading continues after the batch's last record
     * @param paddedRows the number of rows at the end that are padding; may be 0
     */
    public static ColumnBatch of(List<Column> columns, ResumePoint resumeAt, int paddedRows) {
        return of(columns, resumeAt, paddedRows, (Lifetime) null);
    }

    /**
     * Returns a batch whose memory is reused or freed when the batch is released.
     *
     * @param columns at least one column, all with the same number of rows and with different names. Their values are
     *     available until the batch is released
     * @param resumeAt the point from which reading continues after the batch's last record
     * @param paddedRows the number of rows at the end that are padding; may be 0
     * @param release returns the memory. It is called once, by the first call of {@link #release} and on its thread
     */
    public static ColumnBatch of(List<Column> columns, ResumePoint resumeAt, int paddedRows, Runnable release) {
        return of(columns, resumeAt, paddedRows, new Lifetime(release));
    }

    private static ColumnBatch of(
            List<Column> columns, ResumePoint resumeAt, int paddedRows, @Nullable Lifetime lifetime) {
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one column");
        }
        int rows = columns.get(0).rows();
        Map<String, Column> byName = new LinkedHashMap<>();
        for (Column column : columns) {
            if (column.rows() != rows) {
                throw new IllegalArgumentException(
                        "expected columns of " + rows + " rows like the first column, but got " + column);
            }
            if (byName.put(column.name(), lifetime == null ? column : column.during(lifetime)) != null) {
                throw new IllegalArgumentException("two columns have the name \"" + column.name() + "\"");
            }
        }
        if (paddedRows < 0 || paddedRows > rows) {
            throw new IllegalArgumentException("expected from 0 to " + rows + " padded rows, but got " + paddedRows);
        }
        return new ColumnBatch(rows, paddedRows, byName, resumeAt, Map.of(), lifetime);
    }

    /**
     * Returns the same batch with different {@linkplain #metadata metadata}. Both batches share their columns and
     * memory, so releasing one of them releases both.
     *
     * @param pairs the keys and values that replace those of this batch; copied, in their order
     * @throws IllegalArgumentException if a key or value contains half a surrogate pair
     */
    public ColumnBatch withMetadata(Map<String, String> pairs) {
        Map<String, String> copy = new LinkedHashMap<>();
        pairs.forEach((key, value) -> {
            requireWhole(key);
            requireWhole(value);
            copy.put(key, value);
        });
        return new ColumnBatch(rows, paddedRows, columns, resumeAt, Collections.unmodifiableMap(copy), lifetime);
    }

    private static void requireWhole(String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("expected whole characters as metadata, but got half a surrogate pair");
        }
    }

    /** Returns the number of rows, including padded rows. */
    public int rows() {
        return rows;
    }

    /**
     * Returns the number of rows at the end that are padding and not records. Only the last batch can have padded rows.
     */
    public int paddedRows() {
        return paddedRows;
    }

    /** Returns the columns' names, in the order of the schema. */
    public List<String> names() {
        return List.copyOf(columns.keySet());
    }

    /**
     * Returns a column.
     *
     * @throws IllegalArgumentException if there is no column of this name
     * @throws IllegalStateException if the batch has been released
     */
    public Column column(String name) {
        if (lifetime != null) {
            lifetime.require(this);
        }
        Column column = columns.get(name);
        if (column == null) {
            throw new IllegalArgumentException("there is no column \"" + name + "\", but there are " + names());
        }
        return column;
    }

    /**
     * Returns the coordinates of a sparse feature's values, like the indices of TensorFlow's {@code SparseTensor}. The
     * result is a column of {@link DType#INT64} and shape {@code [values, rank]}. For each value, it contains the row
     * of the value and its index in each dimension. It is computed anew on each call.
     *
     * <pre>
     *   feature "x"             | row 0: 7 at 2, 8 at 5 | row 1: 9 at 0 |
     *   coordinates("x")        [[0, 2], [0, 5], [1, 0]]
     *   column("x")             [7, 8, 9]
     * </pre>
     *
     * @param sparse the feature's name
     * @throws IllegalArgumentException if there is no sparse feature of this name
     * @throws IllegalStateException if the batch has been released
     */
    public Column coordinates(String sparse) {
        List<Column> indices = new ArrayList<>();
        String one = sparse + ".indices";
        for (String name = columns.containsKey(one) ? one : one + ".0"; columns.containsKey(name); ) {
            indices.add(column(name));
            name = name.equals(one) ? "" : one + "." + indices.size();
        }
        if (indices.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is no sparse feature \"" + sparse + "\", but there are the columns " + names());
        }
        IntBuffer splits = column(sparse).rowSplits();
        int rank = 1 + indices.size();
        int[] shape = {splits.get(rows), rank};
        long bytes = (long) shape[0] * rank * Long.BYTES;
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalStateException("the coordinates of \"" + sparse + "\" would take " + bytes
                    + " bytes, and 2147483647 is the maximum: use smaller batches");
        }
        ByteBuffer values = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < rows; row++) {
            for (int i = splits.get(row); i < splits.get(row + 1); i++) {
                values.putLong(row);
                for (Column index : indices) {
                    values.putLong(index.asLongBuffer().get(i));
                }
            }
        }
        return Column.of(sparse + ".coordinates", DType.INT64, shape, values.flip());
    }

    /** Returns the point from which reading continues after the last record of this batch. */
    public ResumePoint resumeAt() {
        return resumeAt;
    }

    /**
     * Returns the metadata of the Arrow schema with which the batch was read, such as {@code pandas} for a data frame.
     * An Arrow encoder writes the metadata again. The map is read-only and in the order of the schema. It is empty for
     * batches that were built from records.
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the memory of the columns to the batch's {@link ColumnAllocator}, which reuses it for other batches. Does
     * nothing if there is no such allocator, or if the batch has already been released. Any thread may call this
     * method.
     *
     * <p>Call it after the last use of a batch that nothing else uses. After the call, {@link #column} and all methods
     * that return values throw {@link IllegalStateException}. Rows, names and the resume point remain available. Views
     * that were created before the call, such as {@link Column#values}, must no longer be used, because they might show
     * the values of a different batch. {@link ColumnAllocator#poisoning} helps find such uses.
     *
     * <p>Operators of Pipeflux release batches that they discard, and {@code ArrowStreams.encode} releases batches that
     * it has written. They do so only if the batches come from {@code mapAndBatch} with the collector of a schema, and
     * nothing in between can have kept them. Downstream of a list, of your own collector or mapper, and of {@code
     * doOnNext}, {@code cache()}, {@code replay()} and {@code publish()}, they release no batches. A batch that is
     * never released is left to the garbage collector.
     */
    @Override
    public void release() {
        if (lifetime != null) {
            lifetime.end();
        }
    }

    /** Returns whether {@link #release} returns memory, or has already returned it. */
    public boolean isReleasable() {
        return lifetime != null;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o == this
                || (o instanceof ColumnBatch other
                        && paddedRows == other.paddedRows
                        && resumeAt.equals(other.resumeAt)
                        && metadata.equals(other.metadata)
                        && List.copyOf(columns.values()).equals(List.copyOf(other.columns.values())));
    }

    @Override
    public int hashCode() {
        return Objects.hash(columns, paddedRows, resumeAt);
    }

    /** Returns the columns and the position of the resume point. */
    @Override
    public String toString() {
        return columns.values().stream()
                .map(Column::toString)
                .collect(Collectors.joining(
                        ", ",
                        "ColumnBatch[" + rows + " rows" + (paddedRows == 0 ? "" : ", " + paddedRows + " padded") + ": ",
                        "; next " + resumeAt.position() + "]"));
    }
}
