package io.pipeflux.core.internal;

import java.util.function.Consumer;

/**
 * The base class of the fields of immutable options. It copies all fields, and then applies a change to the copy,
 * before any other thread can see the copy. So a new field needs no code for copying.
 */
public abstract class OptionValues implements Cloneable {

    /** Returns a changed copy of the values. */
    public static <V extends OptionValues> V changed(V values, Consumer<? super V> change) {
        @SuppressWarnings("unchecked") // a clone has the class of its original
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
