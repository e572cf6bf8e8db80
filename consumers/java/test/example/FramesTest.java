package example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.test.FrameFormatContract;
import io.pipeflux.test.PipeHarness;
import io.pipeflux.test.PipeHarness.Fault;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** A format of a user's own, under the contract and over a pipe: a length byte, and that many bytes. */
class FramesTest implements FrameFormatContract {

    private static RawRecord frame(FrameBuffer in) {
        if (!in.ensure(1)) {
            return null;
        }
        int length = in.array()[in.position()] & 0xff;
        in.checkLength(length);
        return in.ensure(1 + length) ? in.record(1 + length, 1, length) : null;
    }

    @Override
    public FrameFormat<RawRecord> format() {
        return FrameFormat.of("Frames", () -> FramesTest::frame);
    }

    @Override
    public List<Sample> samples() {
        return List.of(sample("\3one", "one"), sample("\0", ""), sample("\5three", "three"));
    }

    private static Sample sample(String frame, String payload) {
        return Sample.of(frame.getBytes(UTF_8), payload.getBytes(UTF_8));
    }

    @Test
    void aPipeThatIsCutIsTruncated() {
        try (PipeHarness pipes = PipeHarness.create()) {
            Flux<ByteBuffer> bytes = Flux.just(ByteBuffer.wrap("\3one\5three".getBytes(UTF_8)));
            pipes.feed("train_0", bytes);
            pipes.feed("train_1", bytes, Fault.truncated(7));
            Flux<String> records = PipeChannels.create(PipeOptions.directory(pipes.directory()))
                    .channel("train")
                    .transform(format().decode())
                    .map(record -> UTF_8.decode(record.bytes()).toString());

            assertEquals(List.of("one", "three"), records.collectList().block());
            assertThrows(TruncatedInputException.class, records::blockLast);
        }
    }
}
