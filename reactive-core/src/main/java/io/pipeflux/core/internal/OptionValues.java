package io.pipeflux.core.internal;

import java.util.function.Consumer;

/**
 * The fields of immutable options. A changed copy is made in one place, whatever fields there are: all of them are
 * copied, then one is changed, before another thread can see the copy.
 */
public abstract class OptionValues implements Cloneable {

    /** Returns a copy with a change. */
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
