package io.pipeflux.test;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** A format whose length header is a varint, as in delimited protobuf messages. An empty frame is a single byte. */
class VarintFramesContractTest implements FrameFormatContract {

    private static final int LONGEST_HEADER = 5;

    static @Nullable RawRecord frame(FrameBuffer in) {
        long length = 0;
        for (int header = 1; header <= LONGEST_HEADER; header++) {
            if (!in.ensure(header)) {
                return null;
            }
            byte next = in.array()[in.position() + header - 1];
            length |= (next & 0x7fL) << 7 * (header - 1);
            if (next >= 0) {
                in.checkLength(length);
                int frame = header + (int) length;
                return in.ensure(frame) ? in.record(frame, header, (int) length) : null;
            }
        }
        throw in.corrupt("expected a length of at most " + LONGEST_HEADER + " bytes, but got a longer one");
    }

    private static ByteBuffer framed(ByteBuffer payload) {
        ByteBuffer frame = ByteBuffer.allocate(LONGEST_HEADER + payload.remaining());
        int length = payload.remaining();
        for (; length > 0x7f; length >>>= 7) {
            frame.put((byte) (length | 0x80));
        }
        return frame.put((byte) length).put(payload.duplicate()).flip();
    }

    @Override
    public FrameFormat<RawRecord> format() {
        return FrameFormat.of("Varint", () -> VarintFramesContractTest::frame);
    }

    /** The last frame is a single byte. */
    @Override
    public List<Sample> samples() {
        return IntStream.of(1, 127, 128, 400, 0)
                .mapToObj(length -> {
                    ByteBuffer payload = ByteBuffer.allocate(length);
                    IntStream.range(0, length).forEach(i -> payload.put(i, (byte) (i + length)));
                    return new Sample(framed(payload), payload);
                })
                .toList();
    }

    @Override
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
        return payloads -> payloads.map(VarintFramesContractTest::framed);
    }
}
