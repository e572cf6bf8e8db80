package io.pipeflux.samples.agent;

import static io.pipeflux.samples.agent.AgentProcess.awaitFile;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.metrics.PipelineMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Compares docs/operations.md and its files with an agent that runs with the arguments of the Kubernetes manifest. Only
 * the bucket, directories and the port are replaced.
 */
class OperationsTest {

    private static final Path DOCS = Path.of("../../docs").toAbsolutePath().normalize();
    private static final Pattern ROW = Pattern.compile(
            "^\\| `(pipeflux[.\\w]+)` \\| `(\\w+)` \\| (counter|gauge) \\| (\\w*) ?\\|", Pattern.MULTILINE);
    private static final Pattern TYPE = Pattern.compile("^# TYPE (\\w+) (\\w+)$", Pattern.MULTILINE);
    private static final Pattern METRIC = Pattern.compile("\\b(pipeflux_\\w+)");
    private static final Pattern MATCHERS = Pattern.compile("\\{([^}]*)}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+) ?(?:=~|!~|!=|=) ?\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on) \\(([^)]*)\\)");

    /** What Prometheus itself adds to what it scrapes. */
    private static final Set<String> LABELS_OF_PROMETHEUS = Set.of("instance", "job");

    @TempDir
    private static Path root;

    private static final Map<String, Object> POD = pod();
    private static AgentProcess agent;
    private static String scrape;
    private static String url;

    @BeforeAll
    static void runTheAgentOfTheManifest() throws Exception {
        Path data = Files.createDirectory(root.resolve("data"));
        Files.write(data.resolve("a.tfrecord"), ReadmeExamples.of(100));
        Path schema = Files.writeString(root.resolve("schema.json"), schema());
        List<String> args = new ArrayList<>();
        for (String arg : strings(agentContainer().get("args"))) {
            args.add(
                    switch (arg) {
                        case "train=s3://bucket/train/" -> "train=file:" + data;
                        case "/opt/ml" -> root.toString();
                        case "/etc/pipeflux/schema.json" -> schema.toString();
                        case "9404" -> "0";
                        default -> arg;
                    });
        }
        agent = AgentProcess.start(args.toArray(new String[0]));
        Command.run("cat", awaitFile(root.resolve("input/data/train_0")).toString());
        awaitFile(root.resolve("input/data/train_1"));
        Matcher port = Pattern.compile("metrics and health at http://0\\.0\\.0\\.0:(\\d+)/metrics")
                .matcher(agent.output());
        assertThat(port.find()).isTrue();
        url = "http://127.0.0.1:" + port.group(1);
        scrape = get("/metrics").body();
    }

    @AfterAll
    static void stopTheAgent() throws Exception {
        if (agent != null) {
            agent.close();
        }
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString());
    }

    @Test
    void theTableHasAllMetersThatAreRegistered() throws Exception {
        Map<String, String> documented = new HashMap<>();
        Map<String, String> documentedTypes = new HashMap<>();
        ROW.matcher(Files.readString(DOCS.resolve("operations.md"))).results().forEach(row -> {
            documented.put(row.group(1), row.group(4));
            documentedTypes.put(row.group(2), row.group(3));
        });
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        PipelineMonitor monitor = PipelineMonitor.create("train");
        PipelineMetrics.of(monitor).bindTo(registry);
        Map<String, String> registered = new HashMap<>();
        for (Meter meter : registry.getMeters()) {
            String unit = meter.getId().getBaseUnit();
            registered.put(meter.getId().getName(), unit == null ? "" : unit);
        }
        assertThat(documented).isEqualTo(registered);
        assertThat(documentedTypes).isEqualTo(scrapedTypes());
    }

    private static Map<String, String> scrapedTypes() {
        return TYPE.matcher(scrape)
                .results()
                .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2)));
    }

    @Test
    void theTableNamesTheCauses() throws Exception {
        String row = Files.readAllLines(DOCS.resolve("operations.md")).stream()
                .filter(line -> line.startsWith("| `pipeflux.stalled` "))
                .findFirst()
                .orElseThrow();
        List<String> named = Pattern.compile("`(\\w+)`")
                .matcher(row.substring(row.indexOf("the tag `cause`") + "the tag `cause`".length()))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(named).containsExactlyElementsOf(causes());
    }

    private static List<String> causes() {
        return Arrays.stream(Cause.values())
                .map(cause -> cause.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** The agent has written an epoch of two batches: its figures arrive in the scrape. */
    @Test
    void theScrapeHasTheFiguresOfTheEpoch() {
        assertThat(scrape)
                .contains(
                        "pipeflux_records_total{pipeline=\"train\"} 100.0",
                        "pipeflux_batches_total{pipeline=\"train\"} 2.0",
                        "pipeflux_bad_records_total{pipeline=\"train\"} 0.0");
    }

    @Test
    void theDashboardIsJsonAndAsksForMetricsThatExist() throws Exception {
        String text = Files.readString(DOCS.resolve("operations/dashboard.json"));
        try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
            json.nextToken();
            json.skipChildren();
            assertThat(json.nextToken()).isNull();
        }
        Object dashboard = new Yaml().load(text);
        List<String> expressions = values(dashboard, "expr");
        assertThat(expressions).hasSizeGreaterThan(8).allSatisfy(OperationsTest::checkExpression);
        List<String> queries = values(dashboard, "query").stream()
                .filter(query -> query.startsWith("label_values("))
                .toList();
        assertThat(queries).hasSize(2).allSatisfy(OperationsTest::checkNames);
        assertThat(values(dashboard, "legendFormat"))
                .hasSameSizeAs(expressions)
                .allSatisfy(legend -> assertThat(matches("\\{\\{(\\w+)}}", legend))
                        .isNotEmpty()
                        .isSubsetOf("pipeline", "cause"));
    }

    @Test
    void everyMetricIsOnTheDashboard() throws Exception {
        String text = Files.readString(DOCS.resolve("operations/dashboard.json"));
        Set<String> shown = new TreeSet<>(matches(METRIC.pattern(), text));
        Set<String> left = new TreeSet<>(scrapedTypes().keySet());
        left.removeAll(shown);
        assertThat(left).containsExactly("pipeflux_known_objects", "pipeflux_queue_elements");
    }

    @Test
    void theAlertsAskForMetricsThatExist() throws Exception {
        Map<String, Object> file = map(new Yaml().load(Files.readString(DOCS.resolve("operations/alerts.yml"))));
        List<Map<String, Object>> rules = maps(maps(file.get("groups")).get(0).get("rules"));
        assertThat(rules).hasSizeGreaterThan(3).allSatisfy(rule -> {
            String expression = (String) rule.get("expr");
            assertThat(rule).containsKeys("alert", "labels", "annotations");
            if (!expression.equals("up{job=\"pipe-agent\"} == 0")) { // Prometheus's own metric
                checkExpression(expression);
            }
            assertThat(matches(
                            "\\$labels\\.(\\w+)", map(rule.get("annotations")).toString()))
                    .isNotEmpty()
                    .isSubsetOf("instance", "pipeline");
        });
    }

    private static void checkExpression(String expression) {
        checkNames(expression);
        MATCHERS.matcher(expression).results().forEach(braces -> {
            List<String> labels = new ArrayList<>();
            MATCHER.matcher(braces.group(1)).results().forEach(matcher -> {
                labels.add(matcher.group(1));
                if (matcher.group(1).equals("cause")) {
                    assertThat(causes()).contains(matcher.group(2).split("\\|"));
                }
            });
            checkLabels(labels, expression);
        });
        GROUPING.matcher(expression)
                .results()
                .forEach(grouping -> checkLabels(List.of(grouping.group(1).split(", *")), expression));
    }

    private static void checkNames(String expression) {
        List<String> names = matches(METRIC.pattern(), expression);
        assertThat(names).as(expression).isNotEmpty();
        assertThat(scrapedTypes().keySet()).as(expression).containsAll(names);
    }

    private static void checkLabels(List<String> labels, String expression) {
        assertThat(labels).as(expression).isNotEmpty().allSatisfy(label -> {
            if (!LABELS_OF_PROMETHEUS.contains(label)) {
                assertThat(scrape).containsPattern("[{,]" + label + "=\"");
            }
        });
    }

    @Test
    void theProbesAskForWhatTheAgentAnswers() throws Exception {
        Map<String, Object> container = agentContainer();
        List<String> args = strings(container.get("args"));
        int port = Integer.parseInt(args.get(args.indexOf("--metrics-port") + 1));
        for (String probe : List.of("startupProbe", "livenessProbe")) {
            Map<String, Object> request = map(map(container.get(probe)).get("httpGet"));
            assertThat(request).containsEntry("port", port);
            assertThat(get((String) request.get("path")).statusCode()).isEqualTo(200);
        }
        assertThat(maps(container.get("ports")).get(0)).containsEntry("containerPort", port);
        assertThat(args).contains("--metrics-address").doesNotContain("--epochs");
    }

    @Test
    void theSideCarSharesADirectoryAndAGroupWithTheTrainer() {
        Map<String, Object> sideCar = agentContainer();
        Map<String, Object> trainer = maps(POD.get("containers")).get(0);
        assertThat(sideCar).containsEntry("restartPolicy", "Always");
        assertThat(map(sideCar.get("securityContext")).get("runAsUser"))
                .isNotEqualTo(map(trainer.get("securityContext")).get("runAsUser"));
        assertThat(map(POD.get("securityContext"))).containsKey("fsGroup");
        assertThat(strings(sideCar.get("args"))).containsSubsequence("--pipe-mode", "0640");
        Map<String, Object> ml = maps(trainer.get("volumeMounts")).get(0);
        assertThat(maps(sideCar.get("volumeMounts"))).contains(ml);
        assertThat(strings(sideCar.get("args"))).containsSubsequence("--directory", (String) ml.get("mountPath"));
        Set<Object> volumes = maps(POD.get("volumes")).stream()
                .map(volume -> volume.get("name"))
                .collect(Collectors.toSet());
        assertThat(Stream.of(sideCar, trainer).flatMap(each -> maps(each.get("volumeMounts")).stream()))
                .extracting(mount -> mount.get("name"))
                .isSubsetOf(volumes);
    }

    private static Map<String, Object> agentContainer() {
        return maps(POD.get("initContainers")).get(0);
    }

    private static Map<String, Object> pod() {
        Map<String, Object> job = documents().get(1);
        assertThat(job).containsEntry("kind", "Job").containsEntry("apiVersion", "batch/v1");
        return map(map(map(job.get("spec")).get("template")).get("spec"));
    }

    private static String schema() {
        Map<String, Object> data = map(documents().get(0).get("data"));
        return (String) data.get("schema.json");
    }

    private static List<Map<String, Object>> documents() {
        try {
            List<Map<String, Object>> documents = new ArrayList<>();
            new Yaml()
                    .loadAll(Files.readString(DOCS.resolve("operations/job.yaml")))
                    .forEach(document -> documents.add(map(document)));
            return documents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The texts of all members of a name, wherever they are. */
    private static List<String> values(Object tree, String name) {
        List<String> found = new ArrayList<>();
        walk(tree, each -> {
            if (each.get(name) instanceof String text) {
                found.add(text);
            }
        });
        return found;
    }

    private static void walk(Object tree, Consumer<Map<String, Object>> visitor) {
        if (tree instanceof List<?> list) {
            list.forEach(each -> walk(each, visitor));
        } else if (tree instanceof Map<?, ?>) {
            Map<String, Object> members = map(tree);
            visitor.accept(members);
            members.values().forEach(each -> walk(each, visitor));
        }
    }

    private static List<String> matches(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> maps(Object value) {
        return (List<Map<String, Object>>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<String> strings(Object value) {
        return (List<String>) value;
    }
}
