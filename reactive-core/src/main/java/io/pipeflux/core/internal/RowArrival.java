package io.pipeflux.core.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;

/**
 * Describes how rows arrive at an operator that hands them over to another thread: the rows of a chunk together, or one
 * by one. In the second case, the description states the reason. See {@link RunSubscriber}.
 */
public final class RowArrival {

    public static final String IN_RUNS = "rows arrive in runs";
    public static final String ONE_BY_ONE = "rows arrive one by one: ";

    // limits the search, which would otherwise never end if an unknown operator names itself as its own parent
    private static final int MOST_STEPS = 100;

    private RowArrival() {}

    /**
     * Returns a description of how rows arrive at an operator.
     *
     * @param upstream the operator's subscription, or null if it has none yet
     */
    public static String of(@Nullable Object upstream) {
        if (upstream == null) {
            return ONE_BY_ONE + "there is no source yet";
        }
        List<String> between = new ArrayList<>();
        Object at = upstream;
        while (at instanceof Scannable step && between.size() < MOST_STEPS) {
            String rows = step.scan(SourceAttr.ROWS);
            if (rows != null) {
                return between.isEmpty() || !rows.equals(IN_RUNS)
                        ? rows
                        : ONE_BY_ONE + String.join(", ", between) + " in between";
            }
            between.add(0, step.stepName());
            at = step.scanUnsafe(Scannable.Attr.PARENT);
        }
        return at == null || at instanceof Scannable
                ? ONE_BY_ONE + "no decoder is upstream"
                : ONE_BY_ONE + at.getClass().getSimpleName() + " in between";
    }
}
