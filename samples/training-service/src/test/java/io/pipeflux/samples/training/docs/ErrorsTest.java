package io.pipeflux.samples.training.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.internal.ErrorKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The ids of errors, the documentation and the code that makes exceptions agree. */
class ErrorsTest {

    private static final Path ROOT = Snippet.root();
    private static final Pattern ROW = Pattern.compile(
            "^\\| `(PF-[A-Z0-9-]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$", Pattern.MULTILINE);
    private static final Pattern PUBLIC_FACTORY = Pattern.compile("\\b[A-Z]\\w*Exception\\s*\\.of\\(");
    private static final Pattern USE = Pattern.compile("\\bErrorKind\\.([A-Z0-9_]+)\\b");

    @Test
    void everyKindIsDocumentedWithItsExceptionsAndNothingElseIs() throws IOException {
        Map<String, String> documented = ROW.matcher(Files.readString(ROOT.resolve("docs/errors.md")))
                .results()
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));

        assertThat(documented)
                .isEqualTo(
                        Arrays.stream(ErrorKind.values()).collect(Collectors.toMap(ErrorKind::id, this::exceptions)));
    }

    @Test
    void idsAreUnique() {
        assertThat(Arrays.stream(ErrorKind.values()).map(ErrorKind::id)).doesNotHaveDuplicates();
    }

    @Test
    void everyKindIsUsed() throws IOException {
        Set<String> used = new HashSet<>();
        for (Path source : sources()) {
            USE.matcher(Files.readString(source))
                    .results()
                    .map(use -> use.group(1))
                    .forEach(used::add);
        }

        assertThat(used)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(ErrorKind.values()).map(Enum::name).toList());
    }

    /** The public factories are for users: what they make has no cause and cure in the documentation. */
    @Test
    void noErrorOfTheLibraryIsWithoutAKind() throws IOException {
        for (Path source : sources()) {
            assertThat(PUBLIC_FACTORY
                            .matcher(Files.readString(source))
                            .results()
                            .map(MatchResult::group))
                    .as(source.toString())
                    .isEmpty();
        }
    }

    private String exceptions(ErrorKind kind) {
        return switch (kind) {
            case CUSTOM -> "any of them";
            case THROWN_FOR -> "suppressed";
            default ->
                Stream.of(kind.exceptions().split(", "))
                        .map(name -> "`" + name + "`")
                        .collect(Collectors.joining(", "));
        };
    }

    private static List<Path> sources() {
        return Stream.of("reactive-core", "reactive-records", "reactive-s3")
                .map(module -> ROOT.resolve(module).resolve("src/main/java"))
                .flatMap(ErrorsTest::files)
                .filter(file -> !file.endsWith("ErrorKind.java"))
                .toList();
    }

    private static Stream<Path> files(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
