package io.pipeflux.test;

import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * Tests an operator as Pipeflux tests its own operators. The operator must pass its elements on, in any order, one by
 * one or in collections. A JUnit 5 test class implements this interface and inherits the tests:
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
 * <p>The tests wait at most two minutes for signals that arrive on other threads.
 *
 * @param <R> the type of the operator's results
 */
public interface OperatorContract<R> {

    /** Returns the operator under test, applied to a source of up to 100 numbers. */
    Flux<R> apply(Flux<Integer> source);

    /**
     * Returns the numbers that a result contains. By default, these are the elements if the result is a collection, and
     * otherwise the result itself.
     */
    default Collection<?> numbersOf(R result) {
        return result instanceof Collection<?> collection ? collection : List.of(result);
    }

    /**
     * Returns how many numbers the operator may take from the source for results that were not requested. Returns 0 by
     * default.
     */
    default int readsAhead() {
        return 0;
    }

    /**
     * Returns whether the operator handles any Throwable, even a fatal one, that its subscriber throws. If so, the
     * subscriber gets this Throwable as its error, and the source is cancelled. Returns true by default, which is
     * correct for the operators of Pipeflux. Reactor's operators throw such a Throwable to the source.
     */
    default boolean survivesItsSubscriber() {
        return true;
    }

    /**
     * Each number of the source is emitted once, and then exactly one end is signalled. This is also true for an empty
     * source.
     */
    @Test
    default void everyNumberIsEmittedOnceAndThenTheEnd() {
        new OperatorTests<>(this).complete();
    }

    /** No more results are emitted than were requested. The test requests results one by one until the end. */
    @Test
    default void noMoreIsEmittedThanRequested() {
        new OperatorTests<>(this).oneByOne();
    }

    /** No more numbers are taken from the source than the requested results and {@link #readsAhead} need. */
    @Test
    default void noMoreIsTakenThanNeeded() {
        new OperatorTests<>(this).taken();
    }

    /**
     * A cancel reaches the source. Each number that was taken from the source is either emitted or discarded, exactly
     * once.
     */
    @Test
    default void aCancelReachesTheSourceAndTheRestIsDiscarded() {
        new OperatorTests<>(this).cancelled();
    }

    /**
     * An error of the source is the only signal that ends the stream. Each number that was taken from the source is
     * either emitted or discarded.
     */
    @Test
    default void theErrorOfTheSourceIsPassedOn() {
        new OperatorTests<>(this).failed();
    }

    /** The source sees the Context of the subscriber. */
    @Test
    default void theContextReachesTheSource() {
        new OperatorTests<>(this).context();
    }

    /** Each of two subscriptions gets all numbers. */
    @Test
    default void subscriptionsShareNothing() {
        new OperatorTests<>(this).twice();
    }

    /** Tests {@link #survivesItsSubscriber}. Passes if that method returns false. */
    @Test
    default void whatTheSubscriberThrowsIsItsError() {
        new OperatorTests<>(this).throwing();
    }
}
