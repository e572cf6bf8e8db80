package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page's files refer to each other and to the WebJar by paths that exist, and to nothing outside the service. */
class PageResourcesTest {

    private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"(/[^\"#]+)\"|from \"([./][^\"]+)\"");
    private static final Pattern OUTSIDE = Pattern.compile("(?:https?:)?//[a-z0-9.-]+\\.[a-z]{2,}[^\\s\"']*");
    private static final String SVG_NAMESPACE = "http://www.w3.org/2000/svg";

    @Test
    void everyReferenceHasAFile() throws Exception {
        assertThat(files())
                .containsKeys("/index.html", "/page.css", "/main.js", "/icon.svg", "/form.js", "/job-view.js")
                .containsKeys("/webjars/uplot/1.6.30/dist/uPlot.esm.js", "/webjars/uplot/1.6.30/dist/uPlot.min.css");
    }

    @Test
    void nothingIsFetchedFromElsewhere() throws Exception {
        files().forEach((path, content) -> {
            if (!path.startsWith("/webjars/")) {
                assertThat(OUTSIDE.matcher(content.replace(SVG_NAMESPACE, ""))
                                .results()
                                .map(found -> found.group()))
                        .as(path)
                        .isEmpty();
            }
        });
    }

    /** The policy that the service sends with the page forbids both. */
    @Test
    void noScriptAndNoStyleIsInline() throws Exception {
        String page = files().get("/index.html");
        assertThat(page).doesNotContain("style=").doesNotContain("<style").doesNotContainPattern(" on[a-z]+=");
        assertThat(page).containsOnlyOnce("<script").contains("<script type=\"module\" src=\"/main.js\"></script>");
    }

    /** Returns the files that can be reached from the page, by their paths. */
    private static Map<String, String> files() throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        Deque<String> next = new ArrayDeque<>();
        next.add("/index.html");
        while (!next.isEmpty()) {
            String path = next.remove();
            if (files.containsKey(path)) {
                continue;
            }
            String content = read(path);
            files.put(path, content);
            Matcher reference = REFERENCE.matcher(content);
            while (!path.startsWith("/webjars/") && reference.find()) {
                String found = reference.group(1) != null ? reference.group(1) : reference.group(2);
                next.add(found.startsWith("./") ? found.substring(1) : found);
            }
        }
        return files;
    }

    private static String read(String path) throws IOException {
        String resource = (path.startsWith("/webjars/") ? "/META-INF/resources" : "/service/page") + path;
        try (InputStream in = PageResourcesTest.class.getResourceAsStream(resource)) {
            assertThat(in).as("%s, which the page refers to", resource).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
