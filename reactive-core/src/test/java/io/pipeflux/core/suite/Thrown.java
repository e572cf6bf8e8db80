package io.pipeflux.core.suite;

import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The kinds of Throwable that tests throw at the library. Reactor takes some for fatal, and treats rejections
 * specially.
 */
public enum Thrown {
    EXCEPTION(() -> new IllegalStateException("thrown by a test")),
    REJECTED(() -> new RejectedExecutionException("thrown by a test")),
    ERROR(() -> new AssertionError("thrown by a test")),
    LINKAGE(() -> new NoClassDefFoundError("thrown by a test")),
    MEMORY(() -> new OutOfMemoryError("thrown by a test"));

    private final Supplier<Throwable> make;

    Thrown(Supplier<Throwable> make) {
        this.make = make;
    }

    /** Returns a new one. */
    public Throwable make() {
        return make.get();
    }

    /** Throws a Throwable of any kind from code that declares none. */
    @SuppressWarnings("unchecked")
    public static <X extends Throwable> void sneak(Throwable t) throws X {
        throw (X) t;
    }

    /** A test of one place, and of what is thrown there. */
    @FunctionalInterface
    public interface Scenario<P> {
        void run(P place, Throwable toThrow) throws Exception;
    }

    /** Returns a test for each kind at each place. */
    public static <P> Stream<DynamicTest> tests(P[] places, Scenario<P> scenario) {
        return Arrays.stream(places)
                .flatMap(place -> Arrays.stream(values())
                        .map(kind ->
                                DynamicTest.dynamicTest(place + ", " + kind, () -> scenario.run(place, kind.make()))));
    }
}
