package io.pipeflux.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/** Plants a fault in an operator, and expects the contract's tests to find it. */
class BrokenOperatorsTest {

    /** A fault, and the test that must fail because of it. None of them hangs, which would take two minutes. */
    enum Fault {
        LOSES_ONE(source -> source.filter(number -> number != 3), "everyNumberIsEmittedOnceAndThenTheEnd"),
        EMITS_ONE_TWICE(
                source -> source.concatMapIterable(number -> number == 0 ? List.of(0, 0) : List.of(number)),
                "everyNumberIsEmittedOnceAndThenTheEnd"),
        IGNORES_DEMAND(Flux::onBackpressureBuffer, "noMoreIsTakenThanNeeded"),
        IGNORES_DEMAND_LATER(
                source -> source.take(9).concatWith(source.skip(9).onBackpressureBuffer()), "noMoreIsTakenThanNeeded"),
        HIDES_THE_ERROR(source -> source.onErrorComplete(), "theErrorOfTheSourceIsPassedOn"),
        HIDES_THE_CONTEXT(source -> source.contextWrite(context -> Context.empty()), "theContextReachesTheSource"),
        COUNTS_FOR_ALL(Fault::fiftyForAll, "subscriptionsShareNothing");

        private final Function<Flux<Integer>, Flux<Integer>> operator;
        private final String found;

        Fault(Function<Flux<Integer>, Flux<Integer>> operator, String found) {
            this.operator = operator;
            this.found = found;
        }

        private static Flux<Integer> fiftyForAll(Flux<Integer> source) {
            AtomicInteger left = new AtomicInteger(150);
            return source.filter(number -> left.getAndDecrement() > 0);
        }
    }

    private record Contract(Function<Flux<Integer>, Flux<Integer>> operator, boolean survivesItsSubscriber)
            implements OperatorContract<Integer> {

        @Override
        public Flux<Integer> apply(Flux<Integer> source) {
            return operator.apply(source);
        }
    }

    private static Set<String> failing(OperatorContract<?> contract) {
        Set<String> failing = new TreeSet<>();
        Arrays.stream(OperatorContract.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .forEach(method -> {
                    try {
                        method.invoke(contract);
                    } catch (InvocationTargetException e) {
                        failing.add(method.getName());
                    } catch (IllegalAccessException e) {
                        throw new AssertionError(e);
                    }
                });
        return failing;
    }

    @Test
    void anOperatorOfReactorPassesButForItsSubscriber() {
        assertThat(failing(new Contract(source -> source.map(number -> number), false)))
                .isEmpty();
        assertThat(failing(new Contract(source -> source.map(number -> number), true)))
                .containsExactly("whatTheSubscriberThrowsIsItsError");
    }

    /** What an operator discards may be its results, of any type. */
    @Test
    void anOperatorThatDiscardsItsResultsPasses() {
        assertThat(failing(new Pairs())).isEmpty();
    }

    private record Pair(List<Integer> numbers) {}

    private static final class Pairs implements OperatorContract<Pair> {

        @Override
        public Flux<Pair> apply(Flux<Integer> source) {
            return source.buffer(2).map(Pair::new).publishOn(Schedulers.parallel(), 4);
        }

        @Override
        public List<?> numbersOf(Pair result) {
            return result.numbers();
        }

        @Override
        public int readsAhead() {
            return 100;
        }

        @Override
        public boolean survivesItsSubscriber() {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFaultIsFound(Fault fault) {
        assertThat(failing(new Contract(fault.operator, false))).contains(fault.found);
    }
}
