package io.pipeflux.test;

import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * The tests that the operators of Pipeflux pass, for an operator of your own that passes elements on, in any order, one
 * by one or in collections. A JUnit 5 test class implements this interface and inherits the tests:
 *
 * <pre>{@code
 * class PairsTest implements OperatorContract<List<Integer>> {
 *
 *     public Flux<List<Integer>> apply(Flux<Integer> source) {
 *         return source.transform(Pairs.of(2));
 *     }
 * }
 * }</pre>
 *
 * <p>What happens on other threads is waited for, two minutes at most.
 *
 * @param <R> what the operator emits
 */
public interface OperatorContract<R> {

    /** Returns the operator under test, applied to a source of up to 100 numbers. */
    Flux<R> apply(Flux<Integer> source);

    /**
     * Returns the numbers that a result was made of: of a collection its elements, else the result itself, unless
     * overridden.
     */
    default Collection<?> numbersOf(R result) {
        return result instanceof Collection<?> collection ? collection : List.of(result);
    }

    /** Returns how many numbers the operator may take of which no result was requested. By default none. */
    default int readsAhead() {
        return 0;
    }

    /**
     * Returns whether a subscriber that throws gets the Throwable as its error, a fatal one too, and the source is
     * cancelled. By default true, as Pipeflux's operators do; Reactor's own throw at the source.
     */
    default boolean survivesItsSubscriber() {
        return true;
    }

    /** All numbers of the source are emitted, each once, and the end once; also if there are none. */
    @Test
    default void everyNumberIsEmittedOnceAndThenTheEnd() {
        new OperatorTests<>(this).complete();
    }

    /** No more results are emitted than were requested, one by one until the end. */
    @Test
    default void noMoreIsEmittedThanRequested() {
        new OperatorTests<>(this).oneByOne();
    }

    /** No more numbers are taken from the source than the requested results and {@link #readsAhead} need. */
    @Test
    default void noMoreIsTakenThanNeeded() {
        new OperatorTests<>(this).taken();
    }

    /** A cancel reaches the source, and every number that was taken is either emitted or discarded, once. */
    @Test
    default void aCancelReachesTheSourceAndTheRestIsDiscarded() {
        new OperatorTests<>(this).cancelled();
    }

    /** The error of the source is the only end, and every number that was taken is either emitted or discarded. */
    @Test
    default void theErrorOfTheSourceIsPassedOn() {
        new OperatorTests<>(this).failed();
    }

    /** The source sees the subscriber's context. */
    @Test
    default void theContextReachesTheSource() {
        new OperatorTests<>(this).context();
    }

    /** Two subscriptions get all numbers each. */
    @Test
    default void subscriptionsShareNothing() {
        new OperatorTests<>(this).twice();
    }

    /** See {@link #survivesItsSubscriber}; passes if it returns false. */
    @Test
    default void whatTheSubscriberThrowsIsItsError() {
        new OperatorTests<>(this).throwing();
    }
}
