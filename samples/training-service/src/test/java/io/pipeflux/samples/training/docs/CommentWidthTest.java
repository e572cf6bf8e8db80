package io.pipeflux.samples.training.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Checks that comments have at most 120 columns in the Java and Kotlin sources of all modules. */
class CommentWidthTest {

    private static final int COLUMNS = 120;
    private static final Pattern COMMENT = Pattern.compile("\\s*(/\\*\\*|\\*|//).*");
    private static final Path ROOT = Snippet.root();

    @Test
    void commentsHaveAtMost120Columns() throws IOException {
        List<String> tooLong = new ArrayList<>();
        List<Path> sources = sources();
        for (Path source : sources) {
            List<String> lines = Files.readAllLines(source);
            for (int i = 0; i < lines.size(); i++) {
                if (isTooLong(lines.get(i))) {
                    tooLong.add(ROOT.relativize(source) + ":" + (i + 1));
                }
            }
        }

        assertThat(sources).hasSizeGreaterThan(500);
        assertThat(tooLong).isEmpty();
    }

    @Test
    void aLongCommentIsFoundAndLongCodeIsNot() {
        String text = "x".repeat(COLUMNS);

        assertThat(List.of("// " + text, " * " + text, "    /** " + text)).allMatch(CommentWidthTest::isTooLong);
        assertThat(List.of("\"" + text + "\"", "// " + text.substring(3))).noneMatch(CommentWidthTest::isTooLong);
    }

    private static boolean isTooLong(String line) {
        return line.codePointCount(0, line.length()) > COLUMNS
                && COMMENT.matcher(line).matches();
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                String name = directory.getFileName().toString();
                boolean isSkipped = name.equals("target") || name.equals("node_modules") || name.startsWith(".");
                return isSkipped && !directory.equals(ROOT) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = file.getFileName().toString();
                if (name.endsWith(".java") || name.endsWith(".kt")) {
                    sources.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return sources;
    }
}
