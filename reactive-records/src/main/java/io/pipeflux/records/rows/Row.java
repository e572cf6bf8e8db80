package io.pipeflux.records.rows;

import io.pipeflux.core.RawRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Provides the fields of one row to mappers that convert the fields themselves. A row is a view of a {@link RawRecord},
 * and keeps this record in memory. Immutable.
 */
public final class Row {

    private final RowSchema schema;
    private final RawRecord record;
    private final RowFields fields;

    Row(RowSchema schema, RawRecord record, RowFields fields) {
        this.schema = schema;
        this.record = record;
        this.fields = fields;
    }

    /** Returns the record that contains the row. The position and resume point of the record are those of the row. */
    public RawRecord record() {
        return record;
    }

    /** Returns whether the row has a field. Only a field with a default can be missing. */
    public boolean has(String name) {
        return fields.has(schema.index(name));
    }

    /**
     * Returns a new view of the bytes of a field, or an empty view if the row does not have the field. Do not write to
     * the view.
     *
     * @throws IllegalArgumentException if the schema has no field of this name
     */
    public ByteBuffer bytes(String name) {
        int field = schema.index(name);
        return fields.has(field) ? fields.bytes(field) : ByteBuffer.allocate(0);
    }

    /**
     * Returns the text of a text field, a JSON field or a key. If the row does not have the field, the result is the
     * field's default.
     *
     * @throws IllegalArgumentException if the schema has no field of this name
     * @throws io.pipeflux.core.SchemaMismatchException if the bytes are not valid UTF-8, or if the field is a JSON
     *     field and the text is not JSON
     */
    public String text(String name) {
        int field = schema.index(name);
        if (!fields.has(field)) {
            return schema.field(field).text();
        }
        schema.check(record, field, FieldValues.textFault(schema.field(field).kind(), fields, field));
        return StandardCharsets.UTF_8.decode(fields.bytes(field)).toString();
    }

    /**
     * Returns the content of a field as an integer, or the field's default if the row does not have the field.
     *
     * @throws IllegalArgumentException if the schema has no field of this name
     * @throws io.pipeflux.core.SchemaMismatchException if the field's content is not an integer from -2^63 to 2^63 - 1
     */
    public long int64(String name) {
        int field = schema.index(name);
        if (!fields.has(field)) {
            return (long) schema.field(field).number();
        }
        try {
            return FieldValues.integer(fields, field, Long.MIN_VALUE, Long.MAX_VALUE);
        } catch (IllegalArgumentException e) {
            throw schema.mismatch(record, field, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns the content of a field as a number, or the field's default if the row does not have the field.
     *
     * @throws IllegalArgumentException if the schema has no field of this name
     * @throws io.pipeflux.core.SchemaMismatchException if the field's content is not a number, or if the number is too
     *     large for a double
     */
    public double float64(String name) {
        int field = schema.index(name);
        if (!fields.has(field)) {
            return schema.field(field).number();
        }
        try {
            return FieldValues.float64(fields, field);
        } catch (IllegalArgumentException e) {
            throw schema.mismatch(record, field, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public String toString() {
        return "Row[" + record + "]";
    }
}
