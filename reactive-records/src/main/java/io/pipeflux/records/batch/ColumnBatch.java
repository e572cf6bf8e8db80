package io.pipeflux.records.batch;

import io.pipeflux.core.ResumePoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Consecutive rows of a channel as columns, and where to begin again behind them.
 *
 * <p>A training loop that stores {@link #resumeAt} together with its model after each step loses nothing and repeats
 * nothing when it is restarted with {@link io.pipeflux.core.Pass#resumeAt}.
 */
public final class ColumnBatch {

    private final int rows;
    private final Map<String, Column> columns;
    private final ResumePoint resumeAt;

    private ColumnBatch(int rows, Map<String, Column> columns, ResumePoint resumeAt) {
        this.rows = rows;
        this.columns = columns;
        this.resumeAt = Objects.requireNonNull(resumeAt, "resumeAt");
    }

    /**
     * A batch.
     *
     * @param columns at least one, all of the same number of rows, no name twice
     * @param resumeAt where to begin so that the next record read is the one behind the batch's last
     */
    public static ColumnBatch of(List<Column> columns, ResumePoint resumeAt) {
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
            if (byName.put(column.name(), column) != null) {
                throw new IllegalArgumentException("two columns have the name \"" + column.name() + "\"");
            }
        }
        return new ColumnBatch(rows, byName, resumeAt);
    }

    /** How many rows there are. */
    public int rows() {
        return rows;
    }

    /** The columns' names, in the order of the schema. */
    public List<String> names() {
        return List.copyOf(columns.keySet());
    }

    /**
     * A column.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public Column column(String name) {
        Column column = columns.get(name);
        if (column == null) {
            throw new IllegalArgumentException("there is no column \"" + name + "\", but there are " + names());
        }
        return column;
    }

    /** Where to begin so that the next record read is the one behind this batch's last. */
    public ResumePoint resumeAt() {
        return resumeAt;
    }

    /** The columns and the resume point's position. */
    @Override
    public String toString() {
        return columns.values().stream()
                .map(Column::toString)
                .collect(Collectors.joining(
                        ", ", "ColumnBatch[" + rows + " rows: ", "; next " + resumeAt.position() + "]"));
    }
}
