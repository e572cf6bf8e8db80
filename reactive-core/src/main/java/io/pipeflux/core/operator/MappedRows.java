package io.pipeflux.core.operator;

/** Unwraps the outcomes of rows that were mapped before their batch was made. */
final class MappedRows {

    private MappedRows() {}

    /**
     * Returns the value to which a row was mapped. If the mapper failed, adds the row's position to the mapper's
     * exception and throws it.
     */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the value was returned by the mapper
    static <R> R valueOf(Outcome row) {
        if (row instanceof Outcome.Failed failed) {
            raise(failed.element(), failed.reason());
        }
        if (row instanceof Outcome.Broken broken) {
            raise(broken.element(), broken.reason());
        }
        return (R) row.element();
    }

    private static void raise(Object element, Throwable reason) {
        BatchMaker.addPosition(element, reason);
        MappedRows.<RuntimeException>raise(reason);
    }

    /**
     * Throws an exception unchanged, even a checked one, because mappers written in Kotlin may throw checked
     * exceptions.
     */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void raise(Throwable reason) throws E {
        throw (E) reason;
    }
}
