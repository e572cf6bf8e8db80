package io.pipeflux.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** Implements the tests of {@link OperatorContract}. */
final class OperatorTests<R> {

    private static final int NUMBERS = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long LOOK_NANOS = 1_000_000;
    private static final String KEY = "io.pipeflux.test.key";

    private final OperatorContract<R> contract;
    private final List<Integer> taken = new CopyOnWriteArrayList<>();
    private final AtomicInteger cancels = new AtomicInteger();

    OperatorTests(OperatorContract<R> contract) {
        this.contract = contract;
    }

    /**
     * Records the signals that it receives, and the discarded elements. Its {@code onNext} throws the given {@code
     * Throwable}, if any.
     */
    private final class Subscriber implements CoreSubscriber<R> {

        final List<Object> numbers = new CopyOnWriteArrayList<>();
        final List<Object> discarded = new CopyOnWriteArrayList<>();
        final List<String> ends = new CopyOnWriteArrayList<>();
        final AtomicInteger results = new AtomicInteger();
        private final @Nullable Throwable toThrow;
        private final Context context;
        private volatile @Nullable Subscription subscription;
        volatile @Nullable Throwable error;

        Subscriber(@Nullable Throwable toThrow) {
            this.toThrow = toThrow;
            this.context = Operators.enableOnDiscard(Context.of(KEY, "value"), this::discard);
        }

        private void discard(Object element) {
            if (element instanceof Collection<?> collection) {
                collection.forEach(this::discard);
            } else if (element instanceof Integer) {
                discarded.add(element);
            } else {
                discardResult(element);
            }
        }

        @SuppressWarnings("unchecked")
        private void discardResult(Object element) {
            try {
                discarded.addAll(contract.numbersOf((R) element));
            } catch (ClassCastException e) { // the element is not a result, but an internal object of the operator
            }
        }

        Subscriber of(Flux<R> stream) {
            stream.subscribe(this);
            return this;
        }

        @Override
        public Context currentContext() {
            return context;
        }

        @Override
        public void onSubscribe(Subscription s) {
            subscription = s;
        }

        Subscriber request(long n) {
            subscribed().request(n);
            return this;
        }

        void cancel() {
            subscribed().cancel();
        }

        private Subscription subscribed() {
            Subscription s = subscription;
            if (s == null) {
                throw new AssertionError("expected onSubscribe to be called, but it was not");
            }
            return s;
        }

        @Override
        public void onNext(R result) {
            numbers.addAll(contract.numbersOf(result));
            results.incrementAndGet();
            if (toThrow instanceof Error fatal) {
                throw fatal;
            }
            if (toThrow instanceof RuntimeException exception) {
                throw exception;
            }
        }

        @Override
        public void onError(Throwable t) {
            error = t;
            ends.add("error");
        }

        @Override
        public void onComplete() {
            ends.add("complete");
        }

        List<Object> accounted() {
            List<Object> all = new ArrayList<>(numbers);
            all.addAll(discarded);
            return sorted(all);
        }

        void awaitEnd() {
            await("an end", () -> !ends.isEmpty());
        }
    }

    void complete() {
        for (int count : new int[] {0, 1, NUMBERS}) {
            Subscriber subscriber =
                    new Subscriber(null).of(apply(source(count))).request(Long.MAX_VALUE);
            subscriber.awaitEnd();
            assertCompleted(subscriber, count);
        }
    }

    private void assertCompleted(Subscriber subscriber, int count) {
        assertNull(subscriber.error, "an error");
        assertEquals(List.of("complete"), subscriber.ends, "ends");
        assertEquals(numbers(count), sorted(subscriber.numbers), "numbers emitted, sorted");
    }

    void oneByOne() {
        Subscriber subscriber = new Subscriber(null).of(apply(source(NUMBERS)));
        assertEquals(0, subscriber.results.get(), "results before the first request");
        for (int requested = 1; subscriber.ends.isEmpty(); requested++) {
            int results = requested;
            subscriber.request(1);
            await("a result or the end", () -> subscriber.results.get() >= results || !subscriber.ends.isEmpty());
            assertTrue(
                    subscriber.results.get() <= requested,
                    () -> "expected at most " + results + " results, but got " + subscriber.results);
        }
        assertCompleted(subscriber, NUMBERS);
    }

    void taken() {
        Subscriber subscriber = new Subscriber(null).of(apply(source(NUMBERS)));
        for (int result = 1; subscriber.ends.isEmpty(); result++) {
            int requested = result;
            subscriber.request(1);
            await("a result", () -> subscriber.results.get() >= requested || !subscriber.ends.isEmpty());
            int most = subscriber.numbers.size() + contract.readsAhead();
            int soFar = taken.size();
            assertTrue(
                    soFar <= most || !subscriber.ends.isEmpty(),
                    () -> "expected at most " + most + " numbers to be taken for " + requested + " results, but got "
                            + soFar);
        }
    }

    void cancelled() {
        Subscriber subscriber = new Subscriber(null)
                .of(apply(source(NUMBERS).concatWith(Flux.never()).doOnCancel(cancels::incrementAndGet)));
        subscriber.request(1);
        await("a result", () -> subscriber.results.get() == 1);
        subscriber.cancel();
        await("a cancel of the source", () -> cancels.get() > 0);
        awaitAccounted(subscriber);
        assertEquals(List.of(), subscriber.ends, "ends after a cancel");
    }

    void failed() {
        IllegalStateException failure = new IllegalStateException("the source failed");
        for (int count : new int[] {0, 7, NUMBERS}) {
            taken.clear();
            Subscriber subscriber = new Subscriber(null)
                    .of(apply(source(count).concatWith(Flux.error(failure))))
                    .request(Long.MAX_VALUE);
            subscriber.awaitEnd();
            assertEquals(List.of("error"), subscriber.ends, "ends");
            assertTrue(isOf(subscriber.error, failure), () -> "expected " + failure + ", but got " + subscriber.error);
            awaitAccounted(subscriber);
        }
    }

    void context() {
        AtomicReference<@Nullable Object> seen = new AtomicReference<>("nothing");
        Flux<Integer> source = Flux.deferContextual(context -> {
            seen.set(context.getOrDefault(KEY, "nothing"));
            return source(1);
        });
        new Subscriber(null).of(apply(source)).request(Long.MAX_VALUE).awaitEnd();
        assertEquals("value", seen.get(), "the context's value at the source");
    }

    void twice() {
        Flux<R> stream = apply(source(NUMBERS));
        Subscriber one = new Subscriber(null).of(stream).request(1);
        Subscriber other = new Subscriber(null).of(stream).request(1);
        for (Subscriber subscriber : List.of(one, other)) {
            subscriber.request(Long.MAX_VALUE);
            subscriber.awaitEnd();
            assertCompleted(subscriber, NUMBERS);
        }
    }

    void throwing() {
        if (!contract.survivesItsSubscriber()) {
            return;
        }
        for (Throwable toThrow :
                List.of(new IllegalStateException("thrown by a test"), new NoClassDefFoundError("thrown by a test"))) {
            cancels.set(0);
            Subscriber subscriber = new Subscriber(toThrow)
                    .of(apply(source(NUMBERS).concatWith(Flux.never()).doOnCancel(cancels::incrementAndGet)));
            try {
                subscriber.request(Long.MAX_VALUE);
            } catch (Throwable t) { // caught because a fatal error would end JUnit
                throw new AssertionError("expected no Throwable from request, but got " + t, t);
            }
            subscriber.awaitEnd();
            assertEquals(List.of("error"), subscriber.ends, "ends");
            assertTrue(isOf(subscriber.error, toThrow), () -> "expected " + toThrow + ", but got " + subscriber.error);
            await("a cancel of the source", () -> cancels.get() > 0);
        }
    }

    private Flux<R> apply(Flux<Integer> source) {
        return contract.apply(source);
    }

    private Flux<Integer> source(int count) {
        return Flux.range(0, count).hide().doOnNext(taken::add);
    }

    private void awaitAccounted(Subscriber subscriber) {
        await(
                "each number taken to be emitted or discarded",
                () -> subscriber.accounted().size() >= taken.size(),
                () -> ": taken " + taken + ", emitted " + subscriber.numbers + ", discarded " + subscriber.discarded);
        assertEquals(sorted(taken), subscriber.accounted(), "numbers emitted and discarded, sorted");
    }

    private static void await(String what, BooleanSupplier happened) {
        await(what, happened, () -> "");
    }

    private static void await(String what, BooleanSupplier happened, Supplier<String> state) {
        long start = System.nanoTime();
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new AssertionError("expected " + what + " within " + PATIENCE + state.get());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static List<Object> numbers(int count) {
        return IntStream.range(0, count).<Object>mapToObj(i -> i).toList();
    }

    private static List<Object> sorted(List<?> numbers) {
        return numbers.stream().sorted().<Object>map(number -> number).toList();
    }

    private static boolean isOf(@Nullable Throwable t, Throwable cause) {
        return t != null
                && (t.equals(cause)
                        || isOf(t.getCause(), cause)
                        || Arrays.asList(t.getSuppressed()).contains(cause));
    }
}
