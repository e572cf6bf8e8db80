package io.pipeflux.test;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** Records the signals of a stream that emits on the caller's thread. Requests no elements by itself. */
final class Recorder<T> extends BaseSubscriber<T> {

    final List<T> elements = new ArrayList<>();
    private final long cancelAfter;
    private String name = "the stream";

    @Nullable
    Throwable error;

    int ends;

    private Recorder(long cancelAfter) {
        this.cancelAfter = cancelAfter;
    }

    /**
     * Reads a whole stream. The stream must end before this method returns, so it must not switch to other threads.
     *
     * @param name describes the stream, for messages
     */
    static <T> Recorder<T> read(Flux<T> stream, String name) {
        Recorder<T> recorder = of(stream);
        recorder.name = name;
        recorder.request(Long.MAX_VALUE);
        Assertions.assertEquals(1, recorder.ends, name + ", ends of the stream");
        return recorder;
    }

    static <T> Recorder<T> of(Flux<T> stream) {
        return of(stream, Long.MAX_VALUE);
    }

    /**
     * Subscribes to a stream.
     *
     * @param cancelAfter the number of elements after which {@code onNext} cancels the subscription
     */
    static <T> Recorder<T> of(Flux<T> stream, long cancelAfter) {
        Recorder<T> recorder = new Recorder<>(cancelAfter);
        stream.subscribe(recorder);
        return recorder;
    }

    /** Returns all elements of the stream. Throws an {@link AssertionError} if the stream has failed. */
    List<T> completed() {
        if (error != null) {
            throw new AssertionError(name + ": expected the stream to complete, but got " + error, error);
        }
        return elements;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {}

    @Override
    protected void hookOnNext(T element) {
        elements.add(element);
        if (elements.size() == cancelAfter) {
            cancel();
        }
    }

    @Override
    protected void hookOnComplete() {
        ends++;
    }

    @Override
    protected void hookOnError(Throwable throwable) {
        ends++;
        error = throwable;
    }
}
