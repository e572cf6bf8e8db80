package io.pipeflux.records.recordio;

import static io.pipeflux.records.recordio.TestParts.join;
import static io.pipeflux.records.recordio.TestParts.part;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.FrameFormatContract;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import reactor.core.publisher.Flux;

class RecordIoContractTest {

    @Nested
    class Concat extends OfDialect {
        Concat() {
            super(Dialect.CONCAT, "");
        }
    }

    @Nested
    class Dmlc extends OfDialect {
        Dmlc() {
            super(Dialect.DMLC, "\n#\u00d7\u00ce");
        }
    }

    /** Frames of one part, of one empty part, of three parts with padding, and of two. */
    abstract static class OfDialect implements FrameFormatContract {

        private final Dialect dialect;
        private final String between;

        OfDialect(Dialect dialect, String between) {
            this.dialect = dialect;
            this.between = between;
        }

        @Override
        public FrameFormat<RawRecord> format() {
            return RecordIo.format(dialect);
        }

        @Override
        public List<Sample> samples() {
            return List.of(
                    sample(part(0, "abc"), "abc"),
                    sample(part(0, ""), ""),
                    sample(join(part(1, "A"), part(2, "BBBB"), part(3, "CC")), "A" + between + "BBBB" + between + "CC"),
                    sample(join(part(1, "DDDD"), part(3, "EEEE")), "DDDD" + between + "EEEE"));
        }

        private static Sample sample(byte[] frame, String payload) {
            return Sample.of(frame, payload.getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
            return RecordIo.encode(dialect);
        }
    }
}
