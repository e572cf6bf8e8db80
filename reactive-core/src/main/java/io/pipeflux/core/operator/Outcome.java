package io.pipeflux.core.operator;

/** What became of a row that was mapped, in the place of the row. */
sealed interface Outcome {

    /** Returns the element that is discarded if no batch is made of it. */
    Object element();

    /** The row is mapped. */
    record Mapped(Object element) implements Outcome {}

    /** The mapper has thrown an exception for it. */
    record Failed(Object element, Exception reason) implements Outcome {}

    /** The mapper has broken its contract, or has failed with an error. No policy skips the row. */
    record Broken(Object element, Throwable reason) implements Outcome {}
}
