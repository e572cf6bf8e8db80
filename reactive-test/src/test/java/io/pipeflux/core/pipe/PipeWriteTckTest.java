package io.pipeflux.core.pipe;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.core.suite.PublisherTck;
import io.pipeflux.test.PipeHarness;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.tck.SubscriberBlackboxVerification;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** The writing side of a pipe as a Reactive Streams subscriber; its reader takes all there is. */
@Test
public class PipeWriteTckTest extends SubscriberBlackboxVerification<ByteBuffer> {

    private PipeHarness pipes;
    private final Disposable.Composite writing = Disposables.composite();
    private int made;

    public PipeWriteTckTest() {
        super(PublisherTck.environment());
    }

    @Override
    public Subscriber<ByteBuffer> createSubscriber() {
        CompletableFuture<Subscriber<? super ByteBuffer>> subscriber = new CompletableFuture<>();
        String pipe = "p" + made++;
        pipes.drain(pipe, Long.MAX_VALUE);
        writing.add(NamedPipes.write(pipes.path(pipe), subscriber::complete).subscribe(end -> {}, e -> {}));
        @SuppressWarnings("unchecked")
        Subscriber<ByteBuffer> writer = (Subscriber<ByteBuffer>) Patience.get(subscriber);
        return writer;
    }

    @Override
    public ByteBuffer createElement(int element) {
        return ByteBuffer.allocate(8).putLong(element).flip();
    }

    /** Not when the class is made, which TestNG does also if none of its tests is chosen. */
    @BeforeClass
    public void makeDirectory() {
        pipes = PipeHarness.create();
    }

    @AfterClass
    public void nothingIsLeft() {
        writing.dispose();
        pipes.close();
    }
}
