package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Writes a publisher's bytes into a pipe, per subscription. */
final class MonoPipeWrite extends Mono<PipeWrite> {

    private final PipeTarget target;
    private final Publisher<ByteBuffer> bytes;

    MonoPipeWrite(PipeTarget target, Publisher<ByteBuffer> bytes) {
        this.target = target;
        this.bytes = bytes;
    }

    @Override
    public void subscribe(CoreSubscriber<? super PipeWrite> actual) {
        PipeWriter writer = new PipeWriter(actual, target, bytes);
        actual.onSubscribe(writer);
        writer.start();
    }
}
