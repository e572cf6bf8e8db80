package io.pipeflux.test;

import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/**
 * Tests an operator as Pipeflux tests its own operators. The operator must emit every element that it receives. It may
 * emit the elements in any order, one by one or in collections. A JUnit 5 test class implements this interface and
 * inherits the tests:
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
     * Returns how many numbers the operator may take from the source in advance, before the results that contain these
     * numbers are requested. Returns 0 by default.
     */
    default int readsAhead() {
        return 0;
    }

    /**
     * Returns whether the operator handles every {@code Throwable} that its subscriber throws, even a fatal {@code
     * Error}. If so, the operator passes this {@code Throwable} to the subscriber's {@code onError}, and cancels the
     * source. Returns true by default, which is correct for the operators of Pipeflux. Return false for Reactor's own
     * operators, which let the {@code Throwable} propagate to the source.
     */
    default boolean survivesItsSubscriber() {
        return true;
    }

    /**
     * Tests that each number of the source is emitted once, followed by exactly one {@code onComplete}, even if the
     * source is empty.
     */
    @Test
    default void everyNumberIsEmittedOnceAndThenTheEnd() {
        new OperatorTests<>(this).complete();
    }

    /** Tests that the operator emits no more results than were requested. Requests results one by one until the end. */
    @Test
    default void noMoreIsEmittedThanRequested() {
        new OperatorTests<>(this).oneByOne();
    }

    /** Tests that the operator takes at most {@link #readsAhead} more numbers from the source than it has emitted. */
    @Test
    default void noMoreIsTakenThanNeeded() {
        new OperatorTests<>(this).taken();
    }

    /**
     * Tests that a cancellation reaches the source, and that each number taken from the source is either emitted or
     * discarded, exactly once.
     */
    @Test
    default void aCancelReachesTheSourceAndTheRestIsDiscarded() {
        new OperatorTests<>(this).cancelled();
    }

    /**
     * Tests that an error of the source is passed on as the only terminal signal, and that each number taken from the
     * source is either emitted or discarded.
     */
    @Test
    default void theErrorOfTheSourceIsPassedOn() {
        new OperatorTests<>(this).failed();
    }

    /** Tests that the subscriber's {@code Context} is visible to the source. */
    @Test
    default void theContextReachesTheSource() {
        new OperatorTests<>(this).context();
    }

    /** Tests that each of two simultaneous subscriptions receives all numbers. */
    @Test
    default void subscriptionsShareNothing() {
        new OperatorTests<>(this).twice();
    }

    /**
     * Tests that the operator behaves as {@link #survivesItsSubscriber} describes. If that method returns false,
     * nothing is tested.
     */
    @Test
    default void whatTheSubscriberThrowsIsItsError() {
        new OperatorTests<>(this).throwing();
    }
}
