package io.pipeflux.core.codec;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.PublisherTck;
import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import org.testng.annotations.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

@Test
public class DecodeTckTest extends PublisherTck<RawRecord> {

    @Override
    public Publisher<RawRecord> createPublisher(long elements) {
        byte[] frame = ByteFrames.frames("record");
        return Flux.generate(() -> 0L, (Long made, SynchronousSink<ByteBuffer> sink) -> {
                    if (made < elements) {
                        sink.next(ByteBuffer.wrap(frame));
                    } else {
                        sink.complete();
                    }
                    return made + 1;
                })
                .transform(ByteFrames.FORMAT.decode());
    }

    @Override
    public Publisher<RawRecord> createFailedPublisher() {
        return Flux.<ByteBuffer>error(new IllegalStateException("failed")).transform(ByteFrames.FORMAT.decode());
    }

    @Override
    public long maxElementsFromPublisher() {
        return 100_000;
    }
}
