package io.pipeflux.core.pipe;

import io.pipeflux.test.PipeHarness;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import reactor.core.publisher.Flux;

/** The reading side of a pipe as a Reactive Streams publisher. */
abstract class PipeReadTck extends PipeTck {

    PipeHarness pipes;
    private final List<WeakReference<Subscription>> subscriptions = new CopyOnWriteArrayList<>();

    /** Writes this number of chunks to a new pipe, and returns its reader. */
    abstract Flux<ByteBuffer> reader(long chunks);

    @Override
    public final Publisher<ByteBuffer> createPublisher(long elements) {
        return reader(elements).doOnSubscribe(s -> subscriptions.add(new WeakReference<>(s)));
    }

    /** None fails before its first request. */
    @Override
    public final Publisher<ByteBuffer> createFailedPublisher() {
        return null;
    }

    @Override
    public final long maxElementsFromPublisher() {
        return 10_000;
    }

    static Flux<ByteBuffer> chunks(long count, int bytes) {
        return Flux.<ByteBuffer>generate(sink -> sink.next(ByteBuffer.allocate(bytes)))
                .take(count);
    }

    /** Not when the class is made, which TestNG does also if none of its tests is chosen. */
    @BeforeClass
    public void makeDirectory() {
        pipes = PipeHarness.create();
    }

    /** Some of the TCK's tests do not cancel. */
    @AfterClass
    public void nothingIsLeft() {
        for (WeakReference<Subscription> reference : subscriptions) {
            Subscription subscription = reference.get();
            if (subscription != null) {
                subscription.cancel();
            }
        }
        stopWriting();
        pipes.close();
    }

    void stopWriting() {}
}
