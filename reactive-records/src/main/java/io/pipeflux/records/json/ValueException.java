package io.pipeflux.records.json;

/**
 * Reports a value that does not fit its field. {@link JsonRecordParser} converts this exception to a {@link
 * io.pipeflux.core.SchemaMismatchException} with the record's position.
 */
final class ValueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param where the field or the path of the value, for the message
     */
    ValueException(String where, String expected, String found) {
        super(where + ": expected " + expected + ", but got " + found, null, false, false);
    }
}
