package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** The body of one request that sends a part. It counts the bytes that the client has taken. */
final class PartBody implements AsyncRequestBody {

    private final PartBytes part;
    private volatile long taken;

    PartBody(PartBytes part) {
        this.part = part;
    }

    /** Returns approximately how many bytes the client has taken so far. Bytes that it has taken twice count twice. */
    long taken() {
        return taken;
    }

    @Override
    public Optional<Long> contentLength() {
        return Optional.of((long) part.length());
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> client) {
        Flux.defer(() -> Flux.fromIterable(part.buffers()))
                .doOnNext(this::count)
                .subscribe(client);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one subscriber at a time; only a change of the number matters
    private void count(ByteBuffer buffer) {
        taken += buffer.remaining();
    }
}
