package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages of the libraries advise options where this program prints them. */
class OptionAdviceTest {

    private static final Pattern BETWEEN_LITERALS = Pattern.compile("\"\\s*\\+\\s*\"");

    /** A name such as {@code Compression.GZIP} or {@code TextLines.format}, or a call. */
    private static final Pattern JAVA = Pattern.compile("\\b[A-Z]\\w*\\.\\w+|\\w\\(");

    /** If a library words its message differently, the words here must follow. */
    @Test
    void theLibrariesStillSayWhatIsReplaced() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (String module : List.of("reactive-core", "reactive-records", "reactive-s3")) {
            try (Stream<Path> files = Files.walk(Path.of("../..", module, "src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(file -> sources.append(text(file)));
            }
        }
        assertThat(OptionAdvice.WORDS.keySet()).isNotEmpty().allMatch(words -> sources.indexOf(words) >= 0);
    }

    private static String text(Path file) {
        try {
            return BETWEEN_LITERALS.matcher(Files.readString(file)).replaceAll("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void noMethodIsAdvised() {
        assertThat(OptionAdvice.WORDS.values())
                .noneMatch(words -> JAVA.matcher(words).find());
        assertThat(OptionAdvice.WORDS.keySet())
                .allMatch(words -> OptionAdvice.of("a; " + words + " (file://x)")
                        .equals("a; " + OptionAdvice.WORDS.get(words) + " (file://x)"));
    }
}
