package io.pipeflux.records.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.test.Chunkings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random texts are cut into the records that a plain search through the whole text finds. */
class CsvCutsTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);
    private static final String CUT_OFF = "cut off inside quotes";

    @Test
    void recordsAreThoseOfAPlainSearch() {
        int whole = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(40); left > 0; left--) {
                text.append("ab,,\"\"\"\r\n\n".charAt(random.nextInt(10)));
            }
            List<String> expected = records(text.toString());
            assertThat(found(text.toString(), 1 + random.nextInt(12)))
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(expected);
            whole += expected.contains(CUT_OFF) ? 0 : 1;
        }
        assertThat(whole).isBetween(CASES / 5, CASES * 4 / 5);
    }

    private static List<String> found(String text, int chunk) {
        List<String> found = new ArrayList<>();
        try {
            Chunkings.ofSize(text.getBytes(StandardCharsets.UTF_8), chunk)
                    .bytes()
                    .transform(CsvRecords.format().decode())
                    .doOnNext(record -> found.add(new String(record.toByteArray(), StandardCharsets.UTF_8)))
                    .blockLast();
        } catch (TruncatedInputException e) {
            found.add(CUT_OFF);
        }
        return found;
    }

    private static List<String> records(String text) {
        List<String> records = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int end = end(text, at);
            if (end < 0) {
                records.add(CUT_OFF);
                return records;
            }
            String record = text.substring(at, end).replaceFirst("\r$", "");
            if (!record.isEmpty()) {
                records.add(record);
            }
            at = end + 1;
        }
        return records;
    }

    /** Returns the index of the line feed after a record, or the end of the text; -1 if a quote is not closed. */
    private static int end(String text, int from) {
        boolean isFieldStart = true;
        int at = from;
        while (at < text.length() && text.charAt(at) != '\n') {
            if (isFieldStart && text.charAt(at) == '"') {
                int quote = text.indexOf('"', at + 1);
                while (quote >= 0 && text.startsWith("\"\"", quote)) {
                    quote = text.indexOf('"', quote + 2);
                }
                if (quote < 0) {
                    return -1;
                }
                at = quote;
            }
            isFieldStart = text.charAt(at) == ',';
            at++;
        }
        return at;
    }
}
