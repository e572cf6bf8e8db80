package io.pipeflux.records.internal;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.LettingGoCollector;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collector;

/**
 * Builds batches from rows by means of a parser. The schemas of all formats use this class.
 *
 * @param <T> the type of the rows
 */
public final class BatchParsing<T> {

    /** Parses rows into columns. */
    @FunctionalInterface
    public interface Parser<T> {

        /**
         * Parses rows in the order of the list. Must not keep a reference to the rows or to their bytes, even if it
         * throws an exception.
         *
         * @param rows the rows. If the list is empty, the columns have only names and types
         * @param size the number of rows that the columns must have. After the last row of the list, the parser adds
         *     padded rows
         * @throws io.pipeflux.core.PipefluxException for the first row that cannot be parsed
         */
        List<Column> columns(List<T> rows, int size, BatchMemory memory);
    }

    private final ColumnAllocator allocator;
    private final Function<? super T, ResumePoint> resumeAt;
    private final Parser<T> parser;

    private BatchParsing(ColumnAllocator allocator, Function<? super T, ResumePoint> resumeAt, Parser<T> parser) {
        this.allocator = Objects.requireNonNull(allocator, "allocator");
        this.resumeAt = resumeAt;
        this.parser = parser;
    }

    /**
     * Returns an instance that builds batches by means of the given parser.
     *
     * @param allocator the allocator of the columns' memory
     * @param resumeAt a function that returns the resume point after a row
     */
    public static <T> BatchParsing<T> of(
            ColumnAllocator allocator, Function<? super T, ResumePoint> resumeAt, Parser<T> parser) {
        return new BatchParsing<>(allocator, resumeAt, parser);
    }

    public ColumnAllocator allocator() {
        return allocator;
    }

    /** Returns the collector that builds batches of one or more rows. */
    public Collector<T, ?, ColumnBatch> batches() {
        return new LettingGoCollector<>(this::parse, this::check, this::none);
    }

    /**
     * Returns the collector that builds batches of a fixed size. If too few rows remain for the last batch, padded rows
     * are added at its end.
     */
    public Collector<T, ?, ColumnBatch> batches(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("expected batch size >= 1, but got " + size);
        }
        return new LettingGoCollector<>(rows -> parse(rows, size), this::check, this::none);
    }

    /** Builds a batch of at least one row. */
    public ColumnBatch parse(List<T> rows) {
        return parse(rows, rows.size());
    }

    private ColumnBatch parse(List<T> rows, int size) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one record");
        }
        if (rows.size() > size) {
            throw new IllegalArgumentException(
                    "expected at most " + size + " records for a batch, but got " + rows.size());
        }
        BatchMemory memory = BatchMemory.of(allocator);
        try {
            List<Column> columns = parser.columns(rows, size, memory);
            return memory.batch(columns, resumeAt.apply(rows.get(rows.size() - 1)), size - rows.size());
        } catch (Throwable t) {
            memory.failed(t);
            throw t;
        }
    }

    /** Returns a batch that has the schema's columns, but no rows. */
    private ColumnBatch none() {
        return ColumnBatch.of(parser.columns(List.of(), 0, BatchMemory.of(ColumnAllocator.heap())), ResumePoint.START);
    }

    /**
     * Throws an exception if a row cannot be parsed. Parses the row into heap memory, because the resulting columns are
     * discarded.
     */
    private void check(T row) {
        parser.columns(List.of(row), 1, BatchMemory.of(ColumnAllocator.heap()));
    }
}
