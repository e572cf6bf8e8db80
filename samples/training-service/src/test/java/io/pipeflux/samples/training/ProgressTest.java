package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {

    private final StringWriter written = new StringWriter();
    private long nanos = 1;

    @ParameterizedTest
    @CsvSource({"10, 10", "10, 3", "1000000, 7", "1000000, 1000000", "1, 1"})
    void theDocumentedMetricMatchesHoweverManyStepsThereAre(int steps, int done) throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            run(steps, done, 0);
        } finally {
            Locale.setDefault(before);
        }

        List<String> losses = losses();
        assertThat(losses).hasSizeGreaterThanOrEqualTo(Math.min(done, 2)).hasSizeLessThanOrEqualTo(12);
        assertThat(losses.get(losses.size() - 1)).isEqualTo("0." + done);
    }

    @Test
    void aLineIsPrintedEveryHalfMinute() throws IOException {
        run(1_000_000, 61, TimeUnit.SECONDS.toNanos(1));

        assertThat(losses()).containsExactly("0.1", "0.31", "0.61");
    }

    @Test
    void nothingIsPrintedWithoutSteps() throws IOException {
        run(10, 0, 0);

        assertThat(losses()).isEmpty();
    }

    private void run(int steps, int done, long nanosPerStep) {
        try (Progress progress = new Progress.Lines("training", steps, new PrintWriter(written), () -> nanos)) {
            for (int i = 1; i <= done; i++) {
                progress.step("loss 0." + i);
                nanos += nanosPerStep;
            }
        }
    }

    private List<String> losses() throws IOException {
        String docs = Files.readString(Path.of("../../docs/sagemaker.md"));
        Matcher documented =
                Pattern.compile("\"train:loss\", \"Regex\": \"([^\"]+)\"").matcher(docs);
        assertThat(documented.find()).isTrue();
        List<String> losses = new ArrayList<>();
        Matcher found = Pattern.compile(documented.group(1)).matcher(written.toString());
        while (found.find()) {
            losses.add(found.group(1));
        }
        return losses;
    }
}
