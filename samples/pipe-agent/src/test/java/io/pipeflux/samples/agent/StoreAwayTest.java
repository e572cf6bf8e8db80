package io.pipeflux.samples.agent;

import static io.pipeflux.samples.agent.AgentProcess.awaitFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent while its store is away for longer than the retries that it has by default. */
@ExtendWith(TestCredentials.class)
class StoreAwayTest {

    private static final int DEFAULT_REQUESTS_FOR_A_PAGE = 4;
    private static final byte[] BYTES = {1, 2, 3};

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /** The listing of the second epoch is refused more often than the default allows. */
    @Test
    void itWaitsForTheStoreAndWritesTheNextEpoch() throws Exception {
        try (StubStore store = new StubStore().put("train/a", BYTES)) {
            AtomicBoolean away = new AtomicBoolean();
            AtomicInteger refused = new AtomicInteger();
            store.rule((request, headers) -> {
                int many = 2 * DEFAULT_REQUESTS_FOR_A_PAGE;
                return away.get() && refused.incrementAndGet() <= many ? 503 : 0;
            });
            CompletableFuture<Integer> agent = start(store, "--epochs", "2", "--retry-for", "10m");
            assertThat(Command.run("cat", pipe("train_0"))).isEqualTo(BYTES);
            away.set(true);
            assertThat(Command.run("cat", pipe("train_1"))).isEqualTo(BYTES);
            assertThat(agent.get()).as(err.toString()).isZero();
            assertThat(refused).hasValueGreaterThan(2 * DEFAULT_REQUESTS_FOR_A_PAGE);
        }
    }

    @Test
    void withoutTheOptionItEndsAfterTheRetries() throws Exception {
        try (StubStore store = new StubStore().put("train/a", BYTES)) {
            AtomicBoolean away = new AtomicBoolean();
            AtomicInteger refused = new AtomicInteger();
            store.rule((request, headers) -> away.get() && refused.incrementAndGet() > 0 ? 503 : 0);
            CompletableFuture<Integer> agent = start(store, "--epochs", "2");
            assertThat(Command.run("cat", pipe("train_0"))).isEqualTo(BYTES);
            away.set(true);
            assertThat(Command.run("cat", pipe("train_1"))).isEmpty();
            assertThat(agent.get()).isEqualTo(1);
            assertThat(err.toString()).contains("503");
            assertThat(refused).hasValue(DEFAULT_REQUESTS_FOR_A_PAGE);
        }
    }

    @Test
    void aStoreThatIsAwayAtTheStartIsWaitedFor() throws Exception {
        try (StubStore store = new StubStore().put("train/a", BYTES)) {
            AtomicInteger requests = new AtomicInteger();
            store.rule((request, headers) -> requests.incrementAndGet() <= 2 * DEFAULT_REQUESTS_FOR_A_PAGE ? 503 : 0);
            CompletableFuture<Integer> agent = start(store, "--epochs", "1", "--retry-for", "600");
            await().until(() -> requests.get() > 2 * DEFAULT_REQUESTS_FOR_A_PAGE);
            assertThat(Command.run("cat", pipe("train_0"))).isEqualTo(BYTES);
            assertThat(agent.get()).as(err.toString()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5 m", "-1", "1d", "PT5M", "", "9999999999"})
    void aTimeThatIsNoneIsOneLine(String time) throws Exception {
        assertThat(run("--channel", "train=file:x", "--retry-for", time)).isEqualTo(2);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("error: ")
                .contains("--retry-for", "expected a time such as 90s, 5m or 1h, but got '" + time + "'");
    }

    private String pipe(String name) {
        return awaitFile(root.resolve("ml/input/data").resolve(name)).toString();
    }

    private CompletableFuture<Integer> start(StubStore store, String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--channel", "train=s3://bucket/train/", "--endpoint", store.endpoint() + ""));
        return CompletableFuture.supplyAsync(() -> run(all.toArray(String[]::new)));
    }

    private int run(String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--directory", root.resolve("ml").toString()));
        return AgentCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    }
}
