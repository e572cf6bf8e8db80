package io.pipeflux.core.pipe;

import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.test.PipeHarness;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import org.testng.annotations.AfterClass;
import org.testng.annotations.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;

/** A Unix socket as a Reactive Streams publisher: a frame is a chunk. */
@Test
public class UnixReadTckTest extends PipeTck {

    private final PipeHarness pipes = PipeHarness.create();
    private final Disposable.Composite writing = Disposables.composite();
    private final List<WeakReference<Subscription>> subscriptions = new CopyOnWriteArrayList<>();
    private int made;

    @Override
    public Publisher<ByteBuffer> createPublisher(long elements) {
        Path socket = pipes.path("s" + made++);
        Flux<ByteBuffer> chunks = Flux.<ByteBuffer>generate(sink -> sink.next(ByteBuffer.allocate(8)))
                .take(elements);
        writing.add(UnixPipes.write(socket, chunks).subscribe());
        return UnixPipes.read(socket).doOnSubscribe(s -> subscriptions.add(new WeakReference<>(s)));
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
        writing.dispose();
        OpenResources.awaitNoneLeft(pipes.directory());
        pipes.close();
    }
}
