package io.pipeflux.records.tfrecord;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.FrameFormatContract;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;

class TfRecordsContractTest implements FrameFormatContract {

    @Override
    public FrameFormat<RawRecord> format() {
        return TfRecords.format();
    }

    @Override
    public List<Sample> samples() {
        return Stream.of("", "a", "foo", "", "hello", "hello", "x".repeat(100))
                .map(payload -> Sample.of(frame(payload), payload.getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    private static byte[] frame(String payload) {
        ByteBuffer frame = Flux.just(StandardCharsets.UTF_8.encode(payload))
                .transform(TfRecords.encode())
                .blockLast();
        return Arrays.copyOf(frame.array(), frame.limit());
    }

    @Override
    public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
        return TfRecords.encode();
    }
}
