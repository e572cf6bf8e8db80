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
 * Contains consecutive rows of a channel as columns, and the point at which reading resumes after these rows.
 *
 * <p>After each step, a training loop can store {@link #resumeAt} together with its model. If the loop is later
 * restarted with {@link io.pipeflux.core.Pass#resumeAt}, no records are lost or repeated.
 *
 * <p>Batches are equal if they have equal columns in the same order, the same number of padded rows, and equal resume
 * points and metadata. A released batch equals only itself.
 */
public final class ColumnBatch implements Releasable {

    private final int rows;
    private final int paddedRows;
    private final Map<String, Column> columns;
    private final ResumePoint resumeAt;
    private final Map<String, String> metadata;
    private final @Nullable Lifetime lifetime; // null if the garbage collector frees the memory

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
     * @param resumeAt the point at which reading resumes after the batch's last record
     */
    public static ColumnBatch of(List<Column> columns, ResumePoint resumeAt) {
        return of(columns, resumeAt, 0);
    }

    /**
     * Returns a batch whose last rows may be padding, so that the batch is as large as the other batches.
     *
     * @param columns at least one column, all with the same number of rows and with different names
     * @param resumeAt the point at which reading resumes after the batch's last record
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
     * @param resumeAt the point at which reading resumes after the batch's last record
     * @param paddedRows the number of rows at the end that are padding; may be 0
     * @param release a task that returns the memory. Only the first call of {@link #release} runs the task, on the
     *     calling thread
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
     * Returns a copy of this batch with different {@linkplain #metadata metadata}. The copy shares the columns and the
     * memory of this batch, so releasing one of the two batches releases both.
     *
     * @param pairs the keys and values that replace this batch's metadata. The map is copied, and its order is kept
     * @throws IllegalArgumentException if a key or value contains an unpaired surrogate
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
     * Returns how many rows at the end of the batch are padding, not records. Only the last batch can have padded rows.
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
     * result is a column of type {@link DType#INT64} and shape {@code [values, rank]}. It contains, for each value, the
     * value's row and its index in each dimension. Each call computes the coordinates anew.
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

    /** Returns the point at which reading resumes after the last record of this batch. */
    public ResumePoint resumeAt() {
        return resumeAt;
    }

    /**
     * Returns the metadata of the Arrow schema with which the batch was read. For example, a data frame's schema has
     * metadata with the key {@code pandas}. An Arrow encoder writes this metadata to its output. The map is read-only,
     * and its entries have the same order as in the schema. The map is empty for batches that were built from records.
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns the memory of the columns to the batch's {@link ColumnAllocator}, so that it can be reused for other
     * batches. Does nothing if the batch's allocator does not take memory back, or if the batch has already been
     * released. Any thread may call this method.
     *
     * <p>Call this method after the last use of the batch, and only if nothing else uses the batch. After the call,
     * {@link #column} and all methods that return values throw {@link IllegalStateException}. The number of rows, the
     * names and the resume point remain available. Views that were created before the call, such as {@link
     * Column#values}, must no longer be used, because they might show the values of a different batch. {@link
     * ColumnAllocator#poisoning} helps find code that still uses such views.
     *
     * <p>Some batches are released automatically: Pipeflux operators release batches that they discard, and {@code
     * ArrowStreams.encode} releases batches that it has written. This happens only if the batches come from {@code
     * mapAndBatch} with a schema's collector, and if no code between {@code mapAndBatch} and the operator can have kept
     * a reference to a batch. For example, batches are not released automatically if they come from a list or from your
     * own collector, or if they have passed through your own mapper, {@code doOnNext}, {@code cache()}, {@code
     * replay()} or {@code publish()}. If a batch is never released, the garbage collector frees its memory.
     */
    @Override
    public void release() {
        if (lifetime != null) {
            lifetime.end();
        }
    }

    /** Returns whether {@link #release} will return memory to an allocator, or has already returned it. */
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

    /** Returns a description of the batch: its columns and the position of its resume point. */
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
