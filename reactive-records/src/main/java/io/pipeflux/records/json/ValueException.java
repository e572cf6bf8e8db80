package io.pipeflux.records.json;

/** A value does not fit its field; it becomes a {@link io.pipeflux.core.SchemaMismatchException} with a position. */
final class ValueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param where the field, or the path */
    ValueException(String where, String expected, String found) {
        super(where + ": expected " + expected + ", but got " + found, null, false, false);
    }
}
