package io.pipeflux.test;

import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * Tests an operator as Pipeflux tests its own operators. The operator must pass elements on, in any order, one by one
 * or in collections. A JUnit 5 test class implements this interface and inherits the tests:
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
 * <p>The tests wait at most two minutes for signals on other threads.
 *
 * @param <R> the type of the operator's results
 */
public interface OperatorContract<R> {

    /** Returns the operator under test, applied to a source of up to 100 numbers. */
    Flux<R> apply(Flux<Integer> source);

    /**
     * Returns the numbers that a result contains. By default the elements of a collection, or the result itself.
     */
    default Collection<?> numbersOf(R result) {
        return result instanceof Collection<?> collection ? collection : List.of(result);
    }

    /** Returns how many numbers the operator may take for results that were not requested. By default 0. */
    default int readsAhead() {
        return 0;
    }

    /**
     * Returns whether a subscriber that throws a Throwable, even a fatal one, gets it as its error, and the source is
     * cancelled. By default true, which is what Pipeflux's operators do. With Reactor's operators it is thrown to the
     * source.
     */
    default boolean survivesItsSubscriber() {
        return true;
    }

    /** All numbers of the source are emitted once, then one end is signalled; also if the source is empty. */
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

    /** Each of two subscriptions gets all numbers. */
    @Test
    default void subscriptionsShareNothing() {
        new OperatorTests<>(this).twice();
    }

    /** Tests {@link #survivesItsSubscriber}. Passes if that returns false. */
    @Test
    default void whatTheSubscriberThrowsIsItsError() {
        new OperatorTests<>(this).throwing();
    }
}
