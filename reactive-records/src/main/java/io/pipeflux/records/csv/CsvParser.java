package io.pipeflux.records.csv;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses records, a row each, as {@code DecodeCSVOp::ExtractFields} does (tensorflow/core/kernels/decode_csv_op.cc), in
 * one pass from the record's bytes into the columns. For one batch and one thread.
 */
final class CsvParser {

    private static final int LONGEST_SHOWN = 100;

    private final CsvSchema schema;
    private final CsvColumn[] columns;
    private final byte delimiter;
    private final boolean quotes;
    private final byte[] naValue;
    private final boolean selecting;

    private byte[] array = {};
    private int at;
    private int end;
    private int row;
    private byte[] unescaped = {};

    CsvParser(CsvSchema schema, int rows) {
        this.schema = schema;
        this.columns = schema.fields().stream()
                .map(field -> CsvColumn.of(field, rows))
                .toArray(CsvColumn[]::new);
        this.delimiter = schema.delimiter();
        this.quotes = schema.hasQuotes();
        this.naValue = schema.naValue();
        this.selecting = schema.isSelecting();
    }

    /** Writes the record's fields to the next row of all columns. */
    void parse(RawRecord record) {
        array = record.array();
        at = record.arrayOffset();
        end = at + record.size();
        String wrong = null; // the first; told when it is known that there is nothing worse
        int field = 0; // of the schema
        int column = 0; // of the record
        int wanted = schema.column(0);
        boolean more = nextField();
        while (more) {
            boolean chosen = column++ == wanted && field < columns.length;
            String failure = field(record, chosen ? field : -1);
            wrong = wrong == null ? failure : wrong;
            if (chosen) {
                field++;
                if (selecting && field == columns.length) {
                    break;
                }
                wanted = field < columns.length ? schema.column(field) : wanted;
            }
            if (!selecting) {
                field = column;
                wanted = column;
            }
            more = nextField();
        }
        if (field != columns.length) {
            throw mismatch(record, "Expect " + columns.length + " fields but have " + field + " in record " + row);
        }
        if (wrong != null) {
            throw mismatch(record, wrong);
        }
        row++;
    }

    /** Goes on to the next row of all columns without a record. */
    void pad() {
        for (CsvColumn column : columns) {
            column.putDefault();
        }
    }

    /** The columns, when all rows have been written. */
    List<Column> finish() {
        return Arrays.stream(columns).map(CsvColumn::finish).toList();
    }
}
