package io.pipeflux.records.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;

/** Numbers in their shortest form, which are read eight bytes at a time where so many bytes are in the array. */
class PlainNumbersTest {

    private static final int CASES = 300_000;

    private static final List<CsvField> FIELDS = List.of(
            CsvField.int32("a").withDefault(-7),
            CsvField.float32("b").withDefault(0.5),
            CsvField.int64("c"),
            CsvField.float64("d"));

    @Test
    void numbersAreReadAlikeWhateverIsAroundThem() {
        String[] pieces = {"0", "1", "12", "987", "4567890", "12345678", "-", "+", ".", " ", "e1", "\r", ",", ""};
        int read = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            int fields = 1 + random.nextInt(FIELDS.size());
            for (int field = 0; field < fields; field++) {
                text.append(field == 0 ? "" : ",");
                for (int left = 1 + random.nextInt(3); left > 0; left--) {
                    text.append(pieces[random.nextInt(random.nextBoolean() ? 6 : pieces.length)]);
                }
            }
            CsvSchema schema = CsvSchema.of(FIELDS.subList(0, fields).toArray(CsvField[]::new))
                    .delimiter(random.nextInt(20) == 0 ? '1' : random.nextInt(20) == 0 ? '.' : ',')
                    .naValue(random.nextInt(4) == 0 ? "12" : "");
            byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
            String alone = read(schema, RawRecord.of(ByteBuffer.wrap(bytes)));
            assertThat(read(schema, amongDigits(bytes)))
                    .as("%d: %s", seed, text)
                    .isEqualTo(alone);
            read += alone.startsWith("values") ? 1 : 0;
        }
        assertThat(read).isBetween(CASES / 20, CASES / 2);
    }

    private static String read(CsvSchema schema, RawRecord record) {
        try {
            ColumnBatch batch = schema.parse(List.of(record));
            return batch.names().stream()
                    .map(name -> StandardCharsets.ISO_8859_1
                            .decode(batch.column(name).values())
                            .toString())
                    .collect(Collectors.joining(" ", "values ", ""));
        } catch (PipefluxException e) {
            return e.getClass().getSimpleName() + " " + e.getMessage().replaceFirst(" \\(.*", "");
        }
    }

    /** The record in the middle of a chunk in which digits come before and after. */
    private static RawRecord amongDigits(byte[] bytes) {
        byte[] digits = "1234567890123456789012345678901234567890".getBytes(StandardCharsets.US_ASCII);
        return Objects.requireNonNull(Flux.just(digits, bytes, digits)
                .map(ByteBuffer::wrap)
                .transform(TfRecords.encode())
                .reduce((a, b) -> ByteBuffer.allocate(a.remaining() + b.remaining())
                        .put(a)
                        .put(b)
                        .flip())
                .flux()
                .transform(TfRecords.decode())
                .elementAt(1)
                .block());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "12345678, 8, 12345678",
        "123456789, 8, 12345678",
        "0007x, 4, 7",
        "-1, 0, 0",
        "/1, 0, 0",
        ":1, 0, 0",
        "9999999:, 7, 9999999",
        "90/0, 2, 90",
        "5\u00b5, 1, 5",
        "5\u00ff, 1, 5"
    })
    void digitsAreCounted(String text, int count, long value) {
        byte[] bytes = new byte[16];
        byte[] given = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(given, 0, bytes, 0, given.length);
        long word = Digits.word(bytes, 0);
        assertThat(Digits.count(word)).isEqualTo(count);
        assertThat(Digits.value(word, count)).isEqualTo(value);
    }
}
