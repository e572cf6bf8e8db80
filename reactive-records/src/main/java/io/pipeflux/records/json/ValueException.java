package io.pipeflux.records.json;

/**
 * Reports a value that does not fit its field. {@link JsonRecordParser} turns it into a
 * {@link io.pipeflux.core.SchemaMismatchException} with the record's position.
 */
final class ValueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param where the field, or the path */
    ValueException(String where, String expected, String found) {
        super(where + ": expected " + expected + ", but got " + found, null, false, false);
    }
}
