package io.pipeflux.records;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.InvalidProtocolBufferException;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.Position;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class ProtobufsTest {

    private static final BytesValue MESSAGE = BytesValue.of(ByteString.copyFromUtf8("hello"));

    @Test
    void recordsBecomeMessages() {
        StepVerifier.create(frames(MESSAGE.toByteArray(), new byte[0])
                        .transform(TfRecords.decode())
                        .transform(mapAndBatch(2, 0, Protobufs.parser(BytesValue.parser()))))
                .expectNext(List.of(MESSAGE, BytesValue.getDefaultInstance()))
                .verifyComplete();
    }

    @Test
    void bytesThatAreNoMessageAreCorruptAtTheRecordsPosition() {
        StepVerifier.create(frames(MESSAGE.toByteArray(), new byte[] {10, 5, 0})
                        .transform(TfRecords.decode())
                        .map(Protobufs.parser(BytesValue.parser())))
                .expectNext(MESSAGE)
                .verifyErrorSatisfies(error -> {
                    assertThat(error)
                            .isInstanceOf(CorruptRecordException.class)
                            .hasMessageStartingWith("Can't parse serialized message: ")
                            .hasCauseInstanceOf(InvalidProtocolBufferException.class);
                    assertThat(((CorruptRecordException) error).position())
                            .isEqualTo(new Position(0, Position.NO_OBJECT, 23, 1));
                });
    }

    private static Flux<ByteBuffer> frames(byte[]... payloads) {
        return Flux.just(payloads).map(ByteBuffer::wrap).transform(TfRecords.encode());
    }
}
