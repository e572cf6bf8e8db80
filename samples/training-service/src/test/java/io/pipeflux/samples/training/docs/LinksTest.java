package io.pipeflux.samples.training.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Follows every link of the documentation inside the repository: to a file or, with an anchor, to a heading. */
class LinksTest {

    private static final Pattern LINK = Pattern.compile("\\]\\((?![a-z]+:)([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*?) *$");

    @Test
    void everyLinkLeadsToAFileAndItsHeading() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path page : Snippet.files()) {
            for (MatchResult link : LINK.matcher(prose(page)).results().toList()) {
                links++;
                if (!leads(page, link.group(1), link.group(2))) {
                    broken.add(Snippet.root().relativize(page) + " -> " + link.group());
                }
            }
        }

        assertThat(broken).isEmpty();
        assertThat(links).isGreaterThan(100);
    }

    @Test
    void everyPageOfTheGuideIsInItsIndex() throws IOException {
        Path guide = Snippet.root().resolve("docs/guide");
        String index = Files.readString(guide.resolve("index.md"));

        for (Path page : Snippet.files()) {
            if (page.startsWith(guide) && !page.endsWith("index.md")) {
                assertThat(index).contains("](" + page.getFileName() + ")");
            }
        }
    }

    @Test
    void anchorsAreThoseOfGitHub() {
        assertThat(
                        anchors(
                                "# From `PipeModeDataset` and tf.data\n## Pipe, File or FastFile\n## A [link](x.md)\n## Pipe, File or FastFile\n"))
                .containsExactlyInAnyOrder(
                        "from-pipemodedataset-and-tfdata",
                        "pipe-file-or-fastfile",
                        "pipe-file-or-fastfile-1",
                        "a-link");
    }

    private static boolean leads(Path page, String target, String anchor) throws IOException {
        Path file = target.isEmpty() ? page : page.resolveSibling(target);
        if (anchor == null) {
            return Files.exists(file);
        }
        return Files.isRegularFile(file) && anchors(prose(file)).contains(anchor);
    }

    /** The names that GitHub gives to headings. */
    private static Set<String> anchors(String text) {
        Set<String> anchors = new HashSet<>();
        Map<String, Integer> seen = new HashMap<>();
        for (String line : text.lines().toList()) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                String anchor = heading.group(1)
                        .replaceAll("\\[([^]]*)\\]\\([^)]*\\)", "$1")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-');
                int count = seen.merge(anchor, 1, Integer::sum);
                anchors.add(count == 1 ? anchor : anchor + "-" + (count - 1));
            }
        }
        return anchors;
    }

    /** The page without its fenced blocks, in which a line may begin with a number sign. */
    private static String prose(Path page) throws IOException {
        StringBuilder prose = new StringBuilder();
        boolean inBlock = false;
        for (String line : Files.readAllLines(page)) {
            boolean fence = line.stripLeading().startsWith("```");
            inBlock ^= fence;
            if (!inBlock && !fence) {
                prose.append(line).append('\n');
            }
        }
        return prose.toString();
    }
}
