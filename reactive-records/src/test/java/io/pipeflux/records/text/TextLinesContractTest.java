package io.pipeflux.records.text;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.FrameFormatContract;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import reactor.core.publisher.Flux;

class TextLinesContractTest {

    @Nested
    class WithoutCarriageReturns extends OfLines {

        @Override
        public FrameFormat<RawRecord> format() {
            return TextLines.format();
        }

        @Override
        public List<Sample> samples() {
            return Stream.of("first\r\n", "\n", "th\rird\n", "\r\n", "\u00fcnf\n", "last\n")
                    .map(line -> sample(line, line.replaceAll("\r?\n", "")))
                    .toList();
        }
    }

    @Nested
    class WithCarriageReturns extends OfLines {

        @Override
        public FrameFormat<RawRecord> format() {
            return TextLines.format(LineOption.KEEP_CARRIAGE_RETURN);
        }

        @Override
        public List<Sample> samples() {
            return Stream.of("first\r\n", "\n", "th\rird\n", "\r\n", "\r\r\n", "\u00fcnf\n", "last\n")
                    .map(line -> sample(line, line.replace("\n", "")))
                    .toList();
        }
    }

    abstract static class OfLines implements FrameFormatContract {

        static Sample sample(String line, String payload) {
            return Sample.of(line.getBytes(StandardCharsets.UTF_8), payload.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
            return TextLines.encode();
        }

        @Override
        public boolean mayEndInsideAFrame() {
            return true;
        }
    }
}
