package io.pipeflux.core.pipe;

import io.pipeflux.test.PipeHarness;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.testng.annotations.AfterClass;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;

/** A FIFO as a Reactive Streams publisher: pieces of 4096 bytes are written, and read, as a whole each. */
@Test
public class PipeReadTckTest extends PipeTck {

    private static final int CHUNK = 4096;

    private final PipeHarness pipes = PipeHarness.create();
    private final List<WeakReference<Subscription>> subscriptions = new CopyOnWriteArrayList<>();
    private int made;

    @Override
    public Publisher<ByteBuffer> createPublisher(long elements) {
        String channel = "c" + made++;
        Flux<ByteBuffer> chunks = Flux.<ByteBuffer>generate(sink -> sink.next(ByteBuffer.allocate(CHUNK)))
                .take(elements);
        pipes.feed(channel + "_0", chunks);
        return PipeChannels.create(PipeOptions.directory(pipes.directory()).chunkBytes(CHUNK))
                .channel(channel)
                .doOnSubscribe(s -> subscriptions.add(new WeakReference<>(s)));
    }

    /** None fails before its first request. */
    @Override
    public Publisher<ByteBuffer> createFailedPublisher() {
        return null;
    }

    @Override
    public long maxElementsFromPublisher() {
        return 10_000;
    }

    @AfterClass
    public void nothingIsLeft() {
        for (WeakReference<Subscription> reference : subscriptions) { // some tests do not cancel
            Subscription subscription = reference.get();
            if (subscription != null) {
                subscription.cancel();
            }
        }
        pipes.close();
    }
}
