package io.pipeflux.core.internal;

import java.util.function.Consumer;

/**
 * The base class for the fields of immutable options. Instead of changing an object, {@link #changed} clones it, and
 * changes the clone before any other thread can see it. As a result, a new field needs no code for copying.
 */
public abstract class OptionValues implements Cloneable {

    /** Returns a changed copy of the values. */
    public static <V extends OptionValues> V changed(V values, Consumer<? super V> change) {
        @SuppressWarnings("unchecked") // a clone has the same class as its original
        V copy = (V) values.clone();
        change.accept(copy);
        return copy;
    }

    @Override
    protected final OptionValues clone() {
        try {
            return (OptionValues) super.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("the class is Cloneable", e);
        }
    }
}
