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
 * Consecutive rows of a channel as columns, and where to begin again behind them.
 *
 * <p>A training loop that stores {@link #resumeAt} together with its model after each step loses nothing and repeats
 * nothing when it is restarted with {@link io.pipeflux.core.Pass#resumeAt}.
 *
 * <p>Batches are equal if their columns, in their order, their padded rows, resume points and metadata are. A released
 * batch equals itself alone.
 */
public final class ColumnBatch implements Releasable {

    private final int rows;
    private final int paddedRows;
    private final Map<String, Column> columns;
    private final ResumePoint resumeAt;
    private final Map<String, String> metadata;
    private final @Nullable Lifetime lifetime; // null: the memory is never given back

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
     * A batch.
     *
     * @param columns at least one, all of the same number of rows, no name twice
     * @param resumeAt where to begin so that the next record read is the one behind the batch's last
     */
    public static ColumnBatch of(List<Column> columns, ResumePoint resumeAt) {
        return of(columns, resumeAt, 0);
    }

    /**
     * A batch whose last rows were added to make it as large as the others.
     *
     * @param columns at least one, all of the same number of rows, no name twice
     * @param resumeAt where to begin so that the next record read is the one behind the batch's last
     * @param paddedRows how many of the rows, the last ones, stand for no record; 0: none
     */
    public static ColumnBatch of(List<Column> columns, ResumePoint resumeAt, int paddedRows) {
        return of(columns, resumeAt, paddedRows, (Lifetime) null);
    }

    /**
     * A batch with memory that somebody waits for.
     *
     * @param columns at least one, all of the same number of rows, no name twice. Their memory can be reached until the
     *     batch is released
     * @param resumeAt where to begin so that the next record read is the one behind the batch's last
     * @param paddedRows how many of the rows, the last ones, stand for no record; 0: none
     * @param release gives the memory back. Called by the first {@link #release}, on its thread, and not again
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
                        "columns of " + rows + " rows required as the first has, but there is " + column);
            }
            if (byName.put(column.name(), lifetime == null ? column : column.during(lifetime)) != null) {
                throw new IllegalArgumentException("two columns have the name \"" + column.name() + "\"");
            }
        }
        if (paddedRows < 0 || paddedRows > rows) {
            throw new IllegalArgumentException(
                    "padded rows from 0 to " + rows + " required but there were " + paddedRows);
        }
        return new ColumnBatch(rows, paddedRows, byName, resumeAt, Map.of(), lifetime);
    }

    /**
     * Returns the same batch with other {@linkplain #metadata metadata}. Columns and memory are shared: if one of the
     * two is released, both are.
     *
     * @param pairs keys and values, which take the place of those there were; copied, in their order
     * @throws IllegalArgumentException if a key or value has half a surrogate pair
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

    /** How many rows there are, with the padded ones. */
    public int rows() {
        return rows;
    }

    /** How many of the rows, the last ones, stand for no record but fill the batch; 0 in all batches but a last one. */
    public int paddedRows() {
        return paddedRows;
    }

    /** The columns' names, in the order of the schema. */
    public List<String> names() {
        return List.copyOf(columns.keySet());
    }

    /**
     * A column.
     *
     * @throws IllegalArgumentException if there is none of that name
     * @throws IllegalStateException if the batch was released
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
     * Returns the coordinates of a sparse feature's values, as TensorFlow's {@code SparseTensor} has its indices:
     * {@link DType#INT64} of shape {@code [values, rank]}, for each value its row and its index in each dimension. Made
     * anew with each call.
     *
     * <pre>
     *   feature "x"             | row 0: 7 at 2, 8 at 5 | row 1: 9 at 0 |
     *   coordinates("x")        [[0, 2], [0, 5], [1, 0]]
     *   column("x")             [7, 8, 9]
     * </pre>
     *
     * @param sparse the feature's name
     * @throws IllegalArgumentException if there is no sparse feature of that name
     * @throws IllegalStateException if the batch was released
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
                    + " bytes, and 2147483647 are the most: use smaller batches");
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

    /** Where to begin so that the next record read is the one behind this batch's last. */
    public ResumePoint resumeAt() {
        return resumeAt;
    }

    /**
     * The metadata of the Arrow schema that the batch was read with, such as {@code pandas} of a data frame, and that
     * it is written with; empty for batches made of records. Read-only, in the order of the schema.
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Gives the memory of the columns back to the {@link ColumnAllocator} that the batch is from, which uses it for
     * other batches. Without such an allocator, and when called again, it does nothing. Any thread may call it.
     *
     * <p>Call it when the batch is not used any more, if it is nobody else's. Afterwards {@link #column} and everything
     * that leads to values throws {@link IllegalStateException}; rows, names and the resume point remain. A view that
     * was taken before, such as a {@link Column#values}, must not be used any more: it shows the values of another
     * batch. {@link ColumnAllocator#poisoning} finds who does so. Operators of Pipeflux release batches that they
     * discard, and {@code ArrowStreams.encode} those it has written, if the
     * batches come from {@code mapAndBatch} with the collector of a schema and nothing in between can have kept them.
     * Downstream of a list, a collector or mapper of your own, {@code doOnNext}, {@code cache()}, {@code replay()} and
     * {@code publish()} they release none. A batch that nobody releases is left to the garbage collector.
     */
    @Override
    public void release() {
        if (lifetime != null) {
            lifetime.end();
        }
    }

    /** Returns whether {@link #release} gives memory back, now or formerly. */
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

    /** The columns and the resume point's position. */
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
