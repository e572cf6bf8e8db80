package io.pipeflux.core.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * What an operator does with a Throwable, whoever throws it: an operator is a line, {@link #tests} makes a test of each
 * place where something may be thrown, each kind of Throwable, and each way in which threads may meet.
 *
 * <p>Each test demands that the subscriber gets one end, that upstream is cancelled unless it had ended, that each
 * element that came in is either emitted or discarded and none twice, that workers are given back, that nothing is
 * thrown at who signals, and that an element and an error that come late are discarded and dropped: so that nobody is
 * left in the drain.
 */
public final class ThrowablesContract {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What comes in. */
    public record Item(int number) {
        /** The item as a chunk of one byte. */
        public ByteBuffer bytes() {
            return ByteBuffer.wrap(new byte[] {(byte) number});
        }
    }

    /** Where something is thrown. */
    public enum Place {
        SUBSCRIBE,
        AFTER_SUBSCRIBE,
        ON_SUBSCRIBE,
        AFTER_REQUEST_IN_ON_SUBSCRIBE,
        REQUEST,
        AFTER_REQUEST,
        SECOND_REQUEST,
        ON_NEXT,
        AFTER_REQUEST_IN_ON_NEXT,
        ON_COMPLETE,
        ON_ERROR(true, false),
        ON_ERROR_AND_DROPPED_HOOK(true, false),
        CALLBACK,
        CALLBACK_AND_SOURCE_FAILS(true, false),
        OPERATOR_ERROR_HOOK,
        DISCARD_HOOK(false, true),
        CANCEL(false, true),
        CANCEL_AND_DROPPED_HOOK(false, true),
        CREATE_WORKER,
        SCHEDULE,
        SECOND_SCHEDULE,
        AFTER_SCHEDULE,
        DISPOSE_WORKER;

        final boolean sourceFails;
        final boolean cancels;

        Place() {
            this(false, false);
        }

        Place(boolean sourceFails, boolean cancels) {
            this.sourceFails = sourceFails;
            this.cancels = cancels;
        }

        boolean isScheduler() {
            return compareTo(CREATE_WORKER) >= 0;
        }

        boolean isCallback() {
            return this == CALLBACK || this == CALLBACK_AND_SOURCE_FAILS;
        }

        boolean isSubscriber() {
            return switch (this) {
                case ON_SUBSCRIBE,
                        AFTER_REQUEST_IN_ON_SUBSCRIBE,
                        ON_NEXT,
                        AFTER_REQUEST_IN_ON_NEXT,
                        ON_COMPLETE,
                        OPERATOR_ERROR_HOOK,
                        DISCARD_HOOK -> true;
                default -> false;
            };
        }
    }

    /** Which threads meet. */
    public enum Threads {
        /** The source emits when it is asked, and it is asked for all at once. */
        SAME,
        /** As SAME, but the subscriber asks for one at a time from inside its own methods. */
        REENTRANT,
        /** The source emits on a thread of its own. */
        OTHER
    }

    /** What a scenario gives the operator to call: throws when it is its turn. */
    public static final class Tools {

        private final Place place;
        private final Throwable toThrow;
        private final ThrowingScheduler scheduler;
        private int calls;

        /** That never throw. */
        public Tools() {
            this(Place.ON_NEXT, new IllegalStateException("never thrown"));
        }

        private Tools(Place place, Throwable toThrow) {
            this.place = place;
            this.toThrow = toThrow;
            this.scheduler = new ThrowingScheduler(place, toThrow);
        }

        /** To be called in the operator's callback: returns what it is given, or throws at the third call. */
        public synchronized <T> T callback(T value) {
            if (place.isCallback() && ++calls == 3) {
                Thrown.sneak(toThrow);
            }
            return value;
        }

        /** To be used where the operator takes a scheduler. */
        public Scheduler scheduler() {
            return scheduler;
        }
    }

    private record Subject<R>(
            String name,
            BiFunction<Tools, Flux<Item>, Flux<R>> operator,
            boolean hasCallback,
            boolean hasScheduler,
            boolean isAccountable,
            boolean isOneOperator,
            boolean isSource) {}

    private final List<Subject<?>> subjects = new ArrayList<>();

    /** An operator that calls nobody but its neighbours. */
    public <R> ThrowablesContract plain(String name, BiFunction<Tools, Flux<Item>, Flux<R>> operator) {
        subjects.add(new Subject<>(name, operator, false, false, true, true, false));
        return this;
    }

    /** One that calls {@link Tools#callback}. */
    public <R> ThrowablesContract calling(String name, BiFunction<Tools, Flux<Item>, Flux<R>> operator) {
        subjects.add(new Subject<>(name, operator, true, false, true, true, false));
        return this;
    }

    /** One that uses {@link Tools#scheduler}. */
    public <R> ThrowablesContract scheduling(String name, BiFunction<Tools, Flux<Item>, Flux<R>> operator) {
        subjects.add(new Subject<>(name, operator, false, true, true, true, false));
        return this;
    }

    /** One that calls and schedules. */
    public <R> ThrowablesContract callingAndScheduling(String name, BiFunction<Tools, Flux<Item>, Flux<R>> operator) {
        subjects.add(new Subject<>(name, operator, true, true, true, true, false));
        return this;
    }

    /** One that calls, and whose results or discards are not the items that came in. */
    public <R> ThrowablesContract converting(String name, BiFunction<Tools, Flux<Item>, Flux<R>> operator) {
        subjects.add(new Subject<>(name, operator, true, false, false, true, false));
        return this;
    }

    /** As converting, made of several operators, others' among them: what comes late is theirs to drop. */
    public <R> ThrowablesContract composed(String name, BiFunction<Tools, Flux<Item>, Flux<R>> operator) {
        subjects.add(new Subject<>(name, operator, false, false, false, false, false));
        return this;
    }

    /** As composed, one that calls. */
    public <R> ThrowablesContract composedCalling(String name, BiFunction<Tools, Flux<Item>, Flux<R>> operator) {
        subjects.add(new Subject<>(name, operator, true, false, false, false, false));
        return this;
    }

    /** A source, which takes no notice of the items: only its subscriber throws. */
    public <R> ThrowablesContract source(String name, Supplier<Flux<R>> source) {
        subjects.add(new Subject<>(name, (tools, items) -> source.get(), false, false, false, false, true));
        return this;
    }

    /** A container for each operator. */
    public Stream<DynamicNode> tests() {
        return subjects.stream().map(subject -> DynamicContainer.dynamicContainer(subject.name(), tests(subject)));
    }

    private static Stream<DynamicTest> tests(Subject<?> subject) {
        return Arrays.stream(Place.values())
                .filter(place -> !subject.isSource() || place.isSubscriber())
                .filter(place -> subject.hasCallback() || !place.isCallback())
                .filter(place -> subject.hasScheduler() || !place.isScheduler())
                .flatMap(place -> Arrays.stream(Thrown.values())
                        .flatMap(kind -> Arrays.stream(Threads.values())
                                .map(threads -> DynamicTest.dynamicTest(
                                        place + ", " + kind + ", " + threads,
                                        () -> run(subject, place, kind.make(), threads)))));
    }

    private static <R> void run(Subject<R> subject, Place place, Throwable toThrow, Threads threads) throws Exception {
        ExecutorService own = Executors.newSingleThreadExecutor();
        Executor thread = threads == Threads.OTHER ? own : Runnable::run;
        Tools tools = new Tools(place, toThrow);
        ThrowingSource source = new ThrowingSource(place, toThrow, thread);
        ThrowingSubscriber<R> subscriber = new ThrowingSubscriber<>(place, toThrow, threads);
        try {
            subscribe(subject.operator().apply(tools, source), subscriber);
            if (threads != Threads.REENTRANT) {
                subscriber.request(Long.MAX_VALUE);
            }
            assertThat(subscriber.over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("an end")
                    .isTrue();
            IllegalStateException late = new IllegalStateException("late");
            boolean errorIsLate = source.subscribed && !source.ended;
            thread.execute(() -> source.giveLate(late));
            own.shutdown();
            assertThat(own.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            verify(subject, place, toThrow, source, subscriber, tools);
            if (errorIsLate && subject.isOneOperator()) {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> subscriber.errorsDropped.contains(late));
            }
        } finally {
            own.shutdownNow();
            tools.scheduler.dispose();
        }
    }

    private static <R> void subscribe(Flux<R> result, ThrowingSubscriber<R> subscriber) {
        try {
            result.subscribe(subscriber);
        } catch (Throwable t) { // which JUnit would take for its own end if it is fatal
            throw new AssertionError("thrown at who subscribes", t);
        }
    }

    private static <R> void verify(
            Subject<R> subject,
            Place place,
            Throwable toThrow,
            ThrowingSource source,
            ThrowingSubscriber<R> subscriber,
            Tools tools) {
        assertThat(source.escaped).as("thrown at the source").isNull();
        assertThat(subscriber.escaped).as("thrown at the subscriber").isNull();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(1))
                .untilAsserted(() -> verifyEnds(place, toThrow, subscriber));
        assertThat(!source.subscribed || source.ended || source.isCancelled())
                .as("upstream cancelled, unless it had ended")
                .isTrue();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).untilAsserted(() -> {
            assertThat(tools.scheduler.openWorkers).as("workers not given back").hasValue(0);
            if (subject.isAccountable()) {
                List<Object> out = new ArrayList<>();
                Stream.of(subscriber.received, subscriber.discarded, subscriber.nextDropped)
                        .flatMap(Collection::stream)
                        .forEach(element -> add(out, element));
                assertThat(out).as("emitted, discarded or dropped").containsExactlyInAnyOrderElementsOf(source.given);
            }
        });
    }

    private static void verifyEnds(Place place, Throwable toThrow, ThrowingSubscriber<?> subscriber) {
        switch (place) {
            case ON_COMPLETE -> assertThat(subscriber.ends).containsExactly("complete", "error");
            case DISCARD_HOOK, CANCEL, CANCEL_AND_DROPPED_HOOK, DISPOSE_WORKER -> {}
            case ON_ERROR, ON_ERROR_AND_DROPPED_HOOK ->
                assertThat(subscriber.ends).containsExactly("error");
            case AFTER_REQUEST,
                    SECOND_REQUEST,
                    AFTER_REQUEST_IN_ON_SUBSCRIBE,
                    SECOND_SCHEDULE,
                    AFTER_SCHEDULE,
                    AFTER_SUBSCRIBE -> assertThat(subscriber.ends).hasSize(1); // all may have been emitted before
            default -> {
                assertThat(subscriber.ends).containsExactly("error");
                assertThat(place == Place.OPERATOR_ERROR_HOOK || isOf(subscriber.error, toThrow))
                        .as("%s is %s", subscriber.error, toThrow)
                        .isTrue();
            }
        }
    }

    private static void add(List<Object> out, Object element) {
        if (element instanceof Collection<?> batch) {
            out.addAll(batch);
        } else if (!(element instanceof Publisher)) {
            out.add(element);
        }
    }

    private static boolean isOf(Throwable t, Throwable thrown) {
        return t != null
                && (t == thrown
                        || isOf(t.getCause(), thrown)
                        || Arrays.asList(t.getSuppressed()).contains(thrown));
    }

    static IllegalStateException failed() {
        return new IllegalStateException("the source has failed");
    }
}
