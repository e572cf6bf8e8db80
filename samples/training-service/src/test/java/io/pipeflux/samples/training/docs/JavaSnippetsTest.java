package io.pipeflux.samples.training.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.job.ResourceConfig;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import io.pipeflux.samples.training.input.TrainInput;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/**
 * Compiles every Java snippet of the documentation and runs it over pipes and an S3 server with 130 records. Paths and
 * buckets of the text are replaced by the test's; what a snippet takes from its reader's program is in {@link Yours}.
 */
class JavaSnippetsTest {

    private static final int RECORDS = 130;
    private static final int ROWS = Yours.EPOCHS * RECORDS;
    private static final Pattern CLASS = Pattern.compile("(?m)^(?:public )?(?:final )?class (\\w+)");
    private static final String IMPORTS = """
            import static io.pipeflux.core.operator.PipeOperators.*;
            import static io.pipeflux.samples.training.docs.Yours.*;
            import io.pipeflux.core.*;
            import io.pipeflux.core.agent.*;
            import io.pipeflux.core.channel.*;
            import io.pipeflux.core.codec.*;
            import io.pipeflux.core.job.*;
            import io.pipeflux.core.metrics.*;
            import io.pipeflux.core.operator.*;
            import io.pipeflux.core.pipe.*;
            import io.pipeflux.records.*;
            import io.pipeflux.records.arrow.*;
            import io.pipeflux.records.batch.*;
            import io.pipeflux.records.csv.*;
            import io.pipeflux.records.example.*;
            import io.pipeflux.records.inspect.*;
            import io.pipeflux.records.json.*;
            import io.pipeflux.records.rows.*;
            import io.pipeflux.records.text.*;
            import io.pipeflux.records.tfrecord.*;
            import io.pipeflux.s3.*;
            import io.pipeflux.s3.http.*;
            import io.pipeflux.samples.training.input.*;
            import io.pipeflux.test.*;
            import java.net.URI;
            import java.nio.*;
            import java.nio.charset.StandardCharsets;
            import java.nio.file.*;
            import java.time.Duration;
            import java.util.*;
            import java.util.concurrent.atomic.*;
            import java.util.function.Function;
            import java.util.stream.*;
            import org.junit.jupiter.api.Test;
            import reactor.core.Disposable;
            import reactor.core.publisher.*;
            import reactor.test.StepVerifier;
            import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
            import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
            import software.amazon.awssdk.regions.Region;
            import software.amazon.awssdk.services.s3.S3AsyncClient;
            """;

    @TempDir
    static Path directory;

    static DemoStore store;

    @BeforeAll
    static void serve() throws Exception {
        store = DemoStore.start(directory.resolve("s3"));
        Path files = directory.resolve("records");
        new DemoData("train", RECORDS, 1, 1024, 1).writeTo(files);
        byte[] records = Files.readAllBytes(files.resolve("part-00000.tfrecord"));
        for (String prefix : List.of("train/", "clicks/", "views/")) {
            store.put(prefix + "part-0", records);
        }
        store.put("images/1.jpg", new byte[] {1, 2, 3});
        String line = "{\"image-ref\": \"" + store.uri("images/1.jpg") + "\", \"class\": 1}\n";
        store.put("train.manifest", line.repeat(RECORDS).getBytes(StandardCharsets.UTF_8));
        store.put("shards/0.tar", Yours.shard(RECORDS));
        store.environment().forEach((name, value) -> System.setProperty(property(name), value));
        Yours.s3 = store.client();
    }

    @AfterAll
    static void stop() {
        store.environment().keySet().forEach(name -> System.clearProperty(property(name)));
        store.close();
    }

    @TestFactory
    List<DynamicTest> everySnippetRuns() throws Exception {
        List<Snippet> snippets = Snippet.all().stream()
                .filter(snippet -> snippet.language().equals("java") && !snippet.isOfEngines())
                .toList();
        List<Compiled.Source> sources = new ArrayList<>();
        for (Snippet snippet : snippets) {
            sources.add(new Compiled.Source(type(snippet), source(snippet)));
        }
        Compiled compiled = Compiled.of(sources, directory.resolve("classes"));
        return snippets.stream()
                .map(snippet -> DynamicTest.dynamicTest(snippet.toString(), () -> run(snippet, compiled)))
                .toList();
    }

    private static void run(Snippet snippet, Compiled compiled) throws Exception {
        Yours.model = new Yours.Model();
        Yours.batches = S3Channels.prefix(store.client(), store.uri("train/"))
                .objects()
                .transform(TfRecords.decodeObjects())
                .transform(PipeOperators.repeat(Yours.EPOCHS))
                .transform(PipeOperators.mapAndBatch(64, 2, Yours.schema.batches()));
        String text = snippet.text();
        Path ml = ml(snippet);
        ResourceConfig.of("algo-1", List.of("algo-1")).write(ml.resolve("input/config"));
        if (text.contains("implements TrainInput")) {
            clickLog(compiled.type("ClickLog"), ml);
        } else if (text.contains("void main(")) {
            assertThat(lines(compiled.type("Train")))
                    .hasSize((ROWS + 63) / 64)
                    .allMatch(line -> line.contains(" rows up to "));
        } else if (isOfClasses(text)) {
            runTests(text, compiled);
        } else {
            Flux<Void> agent = text.contains("fromChannel")
                    ? PipeAgent.at(ml)
                            .channel(
                                    "train",
                                    S3Channels.prefix(store.client(), store.uri("train/"))
                                            .objects())
                            .epochs(Yours.EPOCHS)
                            .run()
                            .flux()
                    : Flux.empty();
            agent.subscribe(nothing -> {}, error -> {});
            compiled.type(type(snippet)).getMethod("run").invoke(null);
            if (text.contains("model")) {
                assertThat(Yours.model.rows).isEqualTo(ROWS);
            }
        }
    }

    private static void runTests(String text, Compiled compiled) throws Exception {
        int tests = 0;
        for (MatchResult found : CLASS.matcher(text).results().toList()) {
            Class<?> type = compiled.type(found.group(1));
            for (Method method : type.getMethods()) {
                tests += runTest(type, method);
            }
            for (Method method : type.getDeclaredMethods()) {
                tests += Modifier.isPublic(method.getModifiers()) ? 0 : runTest(type, method);
            }
        }
        assertThat(tests).isPositive();
    }

    private static int runTest(Class<?> type, Method method) throws Exception {
        if (!method.isAnnotationPresent(Test.class)) {
            return 0;
        }
        Constructor<?> constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        method.setAccessible(true);
        method.invoke(constructor.newInstance());
        return 1;
    }

    private static boolean isOfClasses(String text) {
        return CLASS.matcher(text).find();
    }

    /** A file of lines in a channel of mode File. */
    private static void clickLog(Class<?> type, Path ml) throws Exception {
        Files.writeString(
                Files.createDirectories(ml.resolve("input/data/clicks")).resolve("part-0"), "1\n0\n1\n");
        TrainInput input = (TrainInput) type.getConstructor().newInstance();

        Flux<ColumnBatch> batches = input.trainBatches(
                InputChannels.of(ml, Map.of("clicks", InputMode.FILE)),
                Hyperparameters.of(Map.of("epochs", "2", "batch", "64")));

        assertThat(batches.toStream(1).mapToInt(ColumnBatch::rows).sum()).isEqualTo(6);
    }

    private static List<String> lines(Class<?> program) throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            var main = program.getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(out);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static String source(Snippet snippet) {
        String text = snippet.text()
                .replace(
                        "fromChannel(\"train\")", "create(PipeOptions.mlRoot(Path.of(\"/opt/ml\"))).channel(\"train\")")
                .replace("/opt/ml", ml(snippet).toString())
                .replace("Files.createTempDirectory(\"ml\")", "Path.of(\"" + ml(snippet) + "\")")
                .replace("/tmp/ml", ml(snippet).toString())
                .replace("s3://bucket/", store.uri(""));
        if (text.contains("void main(")) {
            return text;
        }
        return isOfClasses(text)
                ? IMPORTS + text
                : IMPORTS + "public class " + type(snippet) + " { public static void run() throws Exception {\n" + text
                        + after(text, ml(snippet)) + "}}\n";
    }

    /** Ends what a snippet only begins. */
    private static String after(String text, Path ml) {
        String batches = text.contains("Flux<ColumnBatch> batches") && !text.contains("toStream")
                ? "batches.doOnNext(model::fit).blockLast();\n"
                : "";
        String agent = text.contains("Disposable running")
                ? "PipeChannels.create(PipeOptions.mlRoot(Path.of(\"" + ml
                        + "\"))).channel(\"train\").repeat(EPOCHS - 1).blockLast();\nrunning.dispose();\n"
                : "";
        String client = text.contains("S3AsyncClient client") ? "client.close();\n" : "";
        return batches + agent + client;
    }

    private static String type(Snippet snippet) {
        Matcher found = CLASS.matcher(snippet.text());
        return found.find()
                ? found.group(1)
                : "Snippet_" + snippet.file().replaceAll("\\W", "_") + "_" + snippet.line();
    }

    private static Path ml(Snippet snippet) {
        return directory.resolve(type(snippet));
    }

    /** The SDK's name of a system property for an environment variable. */
    private static String property(String variable) {
        return switch (variable) {
            case "AWS_ENDPOINT_URL" -> "aws.endpointUrl";
            case "AWS_REGION" -> "aws.region";
            case "AWS_ACCESS_KEY_ID" -> "aws.accessKeyId";
            case "AWS_SECRET_ACCESS_KEY" -> "aws.secretAccessKey";
            default -> throw new IllegalArgumentException("expected one of four variables, but got " + variable);
        };
    }
}
