package io.pipeflux.records.fuzz;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.rows.RowSchema;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** What every parser of records keeps to: columns or our exception. */
final class FuzzRecords {

    private FuzzRecords() {}

    /** A hash of a record: its bytes and where it was found. */
    static long hash(RawRecord record) {
        return record.bytes().hashCode() * 31L + record.position().hashCode();
    }

    /** The same, with the columns of the row, or why it has none. */
    static long hash(RawRecord row, RowSchema rows) {
        try {
            ColumnBatch batch = rows.parse(List.of(row));
            long hash = hash(row);
            for (String name : batch.names()) {
                Column column = batch.column(name);
                hash = hash * 31 + (column.dtype().hasOffsets() ? column.bytes(0) : column.values()).hashCode();
            }
            return hash;
        } catch (PipefluxException e) {
            return hash(row) * 31 + e.toString().hashCode();
        }
    }

    /** A batch of the pieces, one record each: that of the parser, or null if it refused them. */
    static void parses(FuzzInput input, Function<List<RawRecord>, ColumnBatch> parser, int perByte) {
        List<RawRecord> records = records(input);
        FuzzCheck.outcome(input, perByte, () -> {
            try {
                return parser.apply(records).toString();
            } catch (PipefluxException e) {
                return e.toString();
            }
        });
    }

    /**
     * What protobuf refuses, the parser refuses; and it refuses as corrupt only what protobuf does, but for what the
     * parser is stricter about.
     */
    static void agrees(
            FuzzInput input, Function<List<RawRecord>, ColumnBatch> parser, Function<RawRecord, ?> reference) {
        for (RawRecord record : records(input)) {
            String expected = corrupt(() -> reference.apply(record));
            String found = corrupt(() -> parser.apply(List.of(record)));
            if (expected != null && found == null) {
                throw new AssertionError("accepted, but protobuf says: " + expected);
            }
            if (expected == null && found != null && !isStricter(found)) {
                throw new AssertionError("accepted by protobuf, but: " + found);
            }
        }
    }

    /** Tags and lengths of more than 32 bits, of which protobuf-java ignores the upper ones, and overlong varints. */
    private static boolean isStricter(String found) {
        return found.contains("invalid tag") || found.contains("a length of") || found.contains("more than 10 bytes");
    }

    private static String corrupt(Supplier<?> parse) {
        try {
            return parse.get() == null ? "null" : null;
        } catch (CorruptRecordException e) {
            return e.toString();
        } catch (PipefluxException e) { // legal, but not what the schema asks for
            return null;
        }
    }

    static List<RawRecord> records(FuzzInput input) {
        return input.pieces().stream().map(ByteBuffer::wrap).map(RawRecord::of).toList();
    }
}
