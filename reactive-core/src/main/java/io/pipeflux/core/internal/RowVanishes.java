package io.pipeflux.core.internal;

/**
 * Thrown by a {@link SkippingCollector} if a row cannot be part of a batch. The batch is made again without it, and
 * with the row that comes after its last.
 */
public final class RowVanishes extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int index;
    private final Throwable reason;

    /**
     * Creates the exception.
     *
     * @param index which of the rows it is, counted from 0
     * @param reason why
     */
    public RowVanishes(int index, Throwable reason) {
        super("row " + index + " vanishes", reason, false, false);
        this.index = index;
        this.reason = reason;
    }

    /** Returns which of the rows it is, counted from 0. */
    public int index() {
        return index;
    }

    /** Returns why the row vanishes. */
    public Throwable reason() {
        return reason;
    }
}
