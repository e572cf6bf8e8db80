package io.pipeflux.samples.training.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Checks every snippet of the documentation that is not Java, and that there is none in another language. Java snippets
 * are run by {@link JavaSnippetsTest}. The README's Kotlin is the text of a program that {@code ReadmeTest} runs; that
 * of other pages is in the sources of {@code reactive-kotlin}'s tests, which run it.
 */
class DocumentationTest {

    private static final Path ROOT = Snippet.root();
    private static final Path README_KOTLIN =
            ROOT.resolve("samples/djl-trainer/src/test/kotlin/io/pipeflux/samples/djl/readme/Readme.kt");
    private static final Path KOTLIN = ROOT.resolve("reactive-kotlin/src/test/kotlin/io/pipeflux/kotlin/docs");
    private static final Path KOTLIN_GUIDE_TEST = KOTLIN.resolve("GuideTest.kt");
    private static final Pattern KOTLIN_DECLARATION =
            Pattern.compile("(?m)^(?:suspend )?(?:fun|class|object|val) (?:<.*> )?(\\w+)");
    private static final Pattern COORDINATES = Pattern.compile("io\\.pipeflux:([\\w-]+)(?::([\\w.-]+?))?[\"'`]");
    private static final Pattern JNA = Pattern.compile("net\\.java\\.dev\\.jna:jna:([\\d.]+)");
    private static final Pattern PROFILE = Pattern.compile(" -P(\\w+)");
    private static final Pattern MODULES = Pattern.compile(" -pl (\\S+)");
    private static final Pattern PROGRAM =
            Pattern.compile("(samples/[\\w-]+|benchmarks)/(?:target/[\\w-]+\\.jar|bin/\\S+)");
    private static final Pattern OPTION = Pattern.compile(" (--[a-z][\\w-]*)");

    @TestFactory
    Stream<DynamicTest> everySnippetIsChecked() throws IOException {
        return Snippet.all().stream()
                .filter(snippet -> !snippet.language().equals("java") || snippet.isOfEngines())
                .map(snippet -> DynamicTest.dynamicTest(snippet.toString(), () -> check(snippet)));
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(120);
    }

    @Test
    void gradleCoordinatesInTheReadmeAreThoseOfTheBuild() throws Exception {
        checkCoordinates(Files.readString(ROOT.resolve("README.md")));
    }

    @Test
    void versionsOfLibrariesAreThoseOfTheBuild() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/dependencies.md"));
        String reactor = Flux.class.getPackage().getImplementationVersion();
        assertThat(page)
                .contains("| Reactor core | " + reactor + ", of `reactor-bom` " + property("reactor-bom") + " |")
                .contains("| Kotlin | " + property("kotlin") + " |")
                .contains("| kotlinx-coroutines | " + property("kotlinx-coroutines") + " |")
                .contains("| AWS SDK | " + property("awssdk") + " |")
                .contains("| Netty | " + property("netty") + " |")
                .contains("| Jackson | " + property("jackson") + " |")
                .contains("| Micrometer | " + property("micrometer") + " |");
    }

    private static String property(String library) {
        Matcher version = Pattern.compile("<" + library + "\\.version>([^<]+)<").matcher(text(ROOT.resolve("pom.xml")));
        assertThat(version.find()).as(library).isTrue();
        return version.group(1);
    }

    private static void check(Snippet snippet) throws Exception {
        switch (snippet.language()) {
            case "java" -> checkOfEngines(snippet.text());
            case "kotlin" -> checkKotlin(snippet);
            case "xml" -> checkXml(snippet.text());
            case "json" -> checkJson(snippet.text());
            case "sh" -> checkShell(snippet.text());
            case "python" -> checkPython(snippet.text());
            case "text" -> assertThat(snippet.text()).doesNotContain("./mvnw", "java -jar");
            default -> throw new AssertionError(snippet + ": expected java, kotlin, python, xml, json, sh or text");
        }
    }

    /**
     * A test has the text, but for its indentation. ONNX Runtime's 139 MB are not fetched: it was run by hand, with
     * 1.22.0.
     */
    private static void checkOfEngines(String text) throws IOException {
        if (text.contains("OnnxTensor")) {
            return;
        }
        StringBuilder tests = new StringBuilder();
        for (String engine : List.of("djl", "flink", "tensorflow")) {
            tests.append(sources(ROOT.resolve("integrations").resolve(engine).resolve("src/test/java")));
        }
        assertThat(unindented(tests.toString())).contains(unindented(text));
    }

    private static String unindented(String text) {
        return text.replaceAll("(?m)^ +", "");
    }

    private static void checkKotlin(Snippet snippet) throws Exception {
        String text = snippet.text();
        if (text.startsWith("dependencies {")) {
            checkCoordinates(text); // of Gradle
        } else if (snippet.file().equals("README.md")) {
            assertThat(Files.readString(README_KOTLIN)).endsWith("\n\n" + text);
        } else {
            assertThat(unindented(sources(KOTLIN))).contains(unindented(text));
            if (snippet.isOfGuide()) {
                checkIsRun(text);
            }
        }
    }

    /** A test names what the snippet declares, or it is a test itself. */
    private static void checkIsRun(String text) {
        Matcher declared = KOTLIN_DECLARATION.matcher(text);
        assertThat(declared.find()).isTrue();
        assertThat(declared.group(1).endsWith("Test") || text(KOTLIN_GUIDE_TEST).contains(declared.group(1)))
                .as(declared.group(1))
                .isTrue();
    }

    /** A file of samples/python has the text; PythonJarTest runs these files. */
    private static void checkPython(String text) throws IOException {
        assertThat(sources(ROOT.resolve("samples/python"))).contains(text);
    }

    private static void checkCoordinates(String text) throws Exception {
        for (MatchResult found : COORDINATES.matcher(text).results().toList()) {
            checkModule(found.group(1), found.group(2));
        }
        JNA.matcher(text).results().forEach(found -> assertThat(found.group(1)).isEqualTo(jna()));
    }

    private static void checkXml(String text) throws Exception {
        Element project = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader("<project>" + text + "</project>")))
                .getDocumentElement();
        NodeList dependencies = project.getElementsByTagName("dependency");
        assertThat(dependencies.getLength()).isPositive();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            String version = child(dependency, "version");
            if ("io.pipeflux".equals(child(dependency, "groupId"))) {
                checkModule(child(dependency, "artifactId"), version);
            } else if ("jna".equals(child(dependency, "artifactId"))) {
                assertThat(version).isEqualTo(jna());
            }
        }
    }

    private static String child(Element dependency, String name) {
        NodeList found = dependency.getElementsByTagName(name);
        return found.getLength() == 0 ? null : found.item(0).getTextContent();
    }

    private static void checkModule(String artifact, String version) throws IOException {
        String bom = Files.readString(ROOT.resolve("bom/pom.xml"));
        assertThat(bom).contains("<artifactId>" + artifact + "</artifactId>");
        if (version != null) {
            assertThat(bom).contains("<version>" + version + "</version>");
        }
    }

    private static String jna() {
        Matcher version = Pattern.compile("<artifactId>jna</artifactId>\\s*<version>([^<]*)")
                .matcher(text(ROOT.resolve("pom.xml")));
        assertThat(version.find()).isTrue();
        return version.group(1);
    }

    private static void checkJson(String text) {
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
            while (parser.nextToken() != null) {
                assertThat(parser.currentToken()).isNotNull();
            }
        }
    }

    /** The shell parses it, and profiles, modules, programs and their options are those of the build. */
    private static void checkShell(String text) throws Exception {
        Process bash = new ProcessBuilder("bash", "-n", "-c", text).inheritIO().start();
        assertThat(bash.waitFor()).isZero();
        String poms = poms();
        PROFILE.matcher(text)
                .results()
                .forEach(found -> assertThat(poms.contains("<id>" + found.group(1) + "</id>"))
                        .as(found.group())
                        .isTrue());
        MODULES.matcher(text).results().forEach(found -> {
            for (String module : found.group(1).split(",")) {
                assertThat(ROOT.resolve(module).resolve("pom.xml")).exists();
            }
        });
        for (String line : text.lines().toList()) {
            Matcher program = PROGRAM.matcher(line);
            if (program.find()) {
                assertThat(ROOT.resolve(program.group(1)).resolve("pom.xml")).exists();
                String sources = sources(ROOT.resolve(program.group(1)).resolve("src/main/java"));
                OPTION.matcher(line)
                        .results()
                        .forEach(found -> assertThat(sources.contains("\"" + found.group(1) + "\""))
                                .as(found.group())
                                .isTrue());
            }
        }
    }

    private static String poms() throws IOException {
        try (Stream<Path> poms = Files.find(
                ROOT,
                3,
                (path, attributes) ->
                        path.endsWith("pom.xml") && !path.toString().contains("/target/"))) {
            return poms.map(DocumentationTest::text).collect(Collectors.joining());
        }
    }

    private static String sources(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(DocumentationTest::text)
                    .collect(Collectors.joining());
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
