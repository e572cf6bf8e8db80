package io.pipeflux.core.operator;

/** Reads rows that were mapped before a batch is made of them. */
final class MappedRows {

    private MappedRows() {}

    /** Returns what a row was mapped to. Throws what the mapper has thrown, with the row's position. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the mapper's value
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
        BatchMaker.tell(element, reason);
        MappedRows.<RuntimeException>raise(reason);
    }

    /** Throws an exception as it is: a mapper in Kotlin may have thrown a checked one. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void raise(Throwable reason) throws E {
        throw (E) reason;
    }
}
