package io.pipeflux.records.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.test.Chunkings;
import io.pipeflux.test.FrameFormatContract;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CsvRecordsContractTest {

    @Nested
    class OfLines implements FrameFormatContract {

        @Override
        public FrameFormat<RawRecord> format() {
            return CsvRecords.format();
        }

        @Override
        public List<Sample> samples() {
            return records("1,first\r\n", "2,th\rird\n", "3,\u00fcnf and some more\n", ",\n", "4,last\n");
        }

        @Override
        public boolean mayEndInsideAFrame() {
            return true;
        }
    }

    @Nested
    class OfQuotedFields implements FrameFormatContract {

        @Override
        public FrameFormat<RawRecord> format() {
            return CsvRecords.format();
        }

        @Override
        public List<Sample> samples() {
            return records(
                    "1,\"a\nb\"\r\n",
                    "\"\"\"\r\n\"\"\n\n,\",2\n",
                    "3,\"\"\n",
                    "\"\r\n\r\n\",\"\"\"\"\"\n\"\r\n",
                    "4,\"x\",5\"\n",
                    "plain,5\n");
        }

        @Override
        public boolean mayEndInsideAFrame() {
            return true;
        }

        /** It may end behind any byte, but not inside quotes. */
        @Test
        @Override
        public void anInputThatEndsInsideAFrameIsTruncated() {
            byte[] all = "1,\"a\nb\"\"\n\"\r\n2,\"c\"\r\n".getBytes(StandardCharsets.UTF_8);
            for (int end = 0; end <= all.length; end++) {
                boolean insideQuotes = (end > 2 && end < 10 && end != 7) || end == 15 || end == 16;
                Chunkings.few(Arrays.copyOf(all, end)).forEach(chunking -> {
                    var records = chunking.bytes().transform(format().decode()).collectList();
                    if (insideQuotes) {
                        assertThatThrownBy(records::block).isInstanceOf(TruncatedInputException.class);
                    } else {
                        assertThat(records.block()).isNotNull();
                    }
                });
            }
        }
    }

    private static List<FrameFormatContract.Sample> records(String... frames) {
        return Stream.of(frames)
                .map(frame -> FrameFormatContract.Sample.of(
                        frame.getBytes(StandardCharsets.UTF_8),
                        frame.replaceAll("\r?\n$", "").getBytes(StandardCharsets.UTF_8)))
                .toList();
    }
}
