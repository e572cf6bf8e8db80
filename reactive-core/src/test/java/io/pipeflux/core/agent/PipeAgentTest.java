package io.pipeflux.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.suite.AgentDirectory;
import io.pipeflux.core.suite.OpenResources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** An agent over files, on a class path without the AWS SDK. */
class PipeAgentTest {

    private static final int LARGE = 5 << 20; // more than a pipe holds

    @TempDir
    private Path root;

    @TempDir
    private Path files;

    private AgentDirectory agents;

    private final List<EpochWritten> written = new CopyOnWriteArrayList<>();
    private final Disposable.Composite endless = Disposables.composite();

    @BeforeEach
    void agents() {
        agents = new AgentDirectory(root);
    }

    @AfterEach
    void leavesNoThreadNoDescriptorNoPipe() throws IOException {
        endless.dispose();
        OpenResources.awaitNoneLeft(root);
        assertThat(agents.pipes()).isEmpty();
    }

    @Test
    void needsNoAwsSdk() {
        assertThatThrownBy(() -> Class.forName("software.amazon.awssdk.services.s3.S3AsyncClient"))
                .isInstanceOf(ClassNotFoundException.class); // the tests below run without it
    }

    @Test
    void fillsThePipesOfTwoChannelsForAsManyEpochsAsAskedAndEnds() throws Exception {
        byte[] a = put("train/a", LARGE);
        byte[] b = put("train/b", 0);
        byte[] c = put("train/c", 70_000);
        byte[] e = put("eval/e", 300_000);

        CompletableFuture<Void> agent = agent().channel("train", files("train"))
                .channel("eval", files("eval"))
                .epochs(2)
                .run()
                .toFuture();
        CompletableFuture<byte[]> evals = PipeChannels.create(PipeOptions.mlRoot(agents.awaitConfig()))
                .channel("eval")
                .transform(PipeOperators.repeat(2))
                .collectList()
                .map(PipeAgentTest::join)
                .toFuture();

        for (int epoch = 0; epoch < 2; epoch++) {
            assertThat(Arrays.equals(agents.cat("train_" + epoch), concat(a, b, c)))
                    .isTrue();
        }
        assertThat(Arrays.equals(evals.get(), concat(e, e))).isTrue();
        agent.get();
        assertThat(written)
                .containsExactlyInAnyOrder(
                        new EpochWritten("train", 0, LARGE + 70_000, true),
                        new EpochWritten("train", 1, LARGE + 70_000, true),
                        new EpochWritten("eval", 0, 300_000, true),
                        new EpochWritten("eval", 1, 300_000, true));
        assertThat(agents.endOf("train_1"))
                .contains("\"state\":\"ended\",\"bytes\":" + (LARGE + 70_000) + ",\"objects\":3,\"ok\":true,");
    }

    @Test
    void aReaderThatClosesEarlyGetsTheNextEpochWhole() throws Exception {
        byte[] content = put("train/a", LARGE);
        CompletableFuture<Void> agent =
                agent().channel("train", files("train")).epochs(2).run().toFuture();

        try (InputStream pipe = agents.open("train_0")) {
            assertThat(pipe.readNBytes(100)).isEqualTo(Arrays.copyOf(content, 100));
        }
        assertThat(Arrays.equals(agents.cat("train_1"), content)).isTrue();

        agent.get();
        assertThat(written).extracting(EpochWritten::complete).containsExactly(false, true);
    }

    @Test
    void goesOnWithoutEndUntilItIsCancelled() throws Exception {
        put("train/a", 10);
        Disposable agent = agent().channel("train", files("train")).run().subscribe();
        endless.add(agent);

        for (int epoch = 0; epoch < 5; epoch++) {
            assertThat(agents.cat("train_" + epoch)).hasSize(10);
        }
        agents.awaitPipe("train_5");
        agent.dispose();
    }

    @Test
    void writesObjectsInTheFormItIsGivenAndGivesThemTheirPass() throws Exception {
        List<Long> passes = new CopyOnWriteArrayList<>();
        ObjectBytes object =
                ObjectBytes.of("mem://a", 0, 3, null, from -> Flux.just(ByteBuffer.wrap(new byte[] {1, 2, 3})));
        AgentChannel train = AgentChannel.of("train", Flux.deferContextual(context -> {
                    passes.add(Pass.current(context).epoch());
                    return Flux.just(object, object);
                }))
                .form(o -> o.bytes().startWith(ByteBuffer.wrap(new byte[] {(byte) o.size()})));

        CompletableFuture<Void> agent = agent().channel(train).epochs(2).run().toFuture();

        assertThat(agents.cat("train_0")).containsExactly(3, 1, 2, 3, 3, 1, 2, 3);
        assertThat(agents.cat("train_1")).containsExactly(3, 1, 2, 3, 3, 1, 2, 3);
        agent.get();
        assertThat(passes).containsExactly(0L, 1L);
    }

    @Test
    void writesTheConfigurationOfATrainingContainer() throws Exception {
        Map<String, String> hyperparameters = new LinkedHashMap<>();
        hyperparameters.put("batch_size", "64");
        hyperparameters.put("über \"alles\"", "[1, 2]");
        Disposable agent = agent().channel(
                        AgentChannel.of("train", Flux.empty()).contentType("application/x-recordio"))
                .channel("eval", Flux.empty())
                .hyperparameters(hyperparameters)
                .run()
                .subscribe();
        endless.add(agent);
        agents.awaitPipe("train_0");
        agents.awaitPipe("eval_0");
        agent.dispose();

        assertThat(config("inputdataconfig.json"))
                .isEqualTo("{\"train\":{\"ContentType\":\"application/x-recordio\",\"TrainingInputMode\":\"Pipe\","
                        + "\"S3DistributionType\":\"FullyReplicated\",\"RecordWrapperType\":\"None\"},"
                        + "\"eval\":{\"TrainingInputMode\":\"Pipe\","
                        + "\"S3DistributionType\":\"FullyReplicated\",\"RecordWrapperType\":\"None\"}}");
        assertThat(config("resourceconfig.json"))
                .isEqualTo("{\"current_host\":\"algo-1\",\"hosts\":[\"algo-1\"],\"network_interface_name\":\"eth0\"}");
        assertThat(config("hyperparameters.json"))
                .isEqualTo("{\"batch_size\":\"64\",\"über \\\"alles\\\"\":\"[1, 2]\"}");
        try (Stream<Path> files = Files.list(root.resolve("input/config"))) {
            assertThat(files).hasSize(3);
        }
    }

    @Test
    void aPipeUnderTheNameOfATemporaryFileIsNotWrittenInto() throws Exception {
        Path config = Files.createDirectories(root.resolve("input/config"));
        NamedPipes.create(config.resolve(".hyperparameters.json.new"));
        Disposable agent = agent().channel("train", Flux.empty()).run().subscribe();
        endless.add(agent);
        agents.awaitPipe("train_0");
        agent.dispose();
        assertThat(config("hyperparameters.json")).isEqualTo("{}");
    }

    @Test
    void aLinkUnderTheNameOfATemporaryFileIsNotFollowed() throws Exception {
        Path victims = Files.createDirectory(root.resolve("victims"));
        Path victim = Files.writeString(victims.resolve("hyperparameters.json"), "somebody else's");
        Path config = Files.createDirectories(root.resolve("input/config"));
        Path data = Files.createDirectories(root.resolve("input/data"));
        Files.createSymbolicLink(config.resolve(".new"), victims);
        for (String name : List.of(".train_0.new", ".train_0.end.tmp", ".train_0.end")) {
            Files.createSymbolicLink(data.resolve(name), victim);
        }
        assertThatThrownBy(() -> agent().channel("train", Flux.empty()).run().block())
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("is a symbolic link");
        for (String name : List.of(".train_0.new", ".train_0.end.tmp", ".train_0.end")) {
            Files.delete(data.resolve(name));
        }
        Disposable agent = agent().channel("train", Flux.empty()).run().subscribe();
        endless.add(agent);
        agents.awaitPipe("train_0");
        agent.dispose();
        assertThat(config("hyperparameters.json")).isEqualTo("{}");
        assertThat(victim).content().isEqualTo("somebody else's");
        try (Stream<Path> files = Files.list(victims)) {
            assertThat(files).containsExactly(victim);
        }
    }

    @Test
    void reportsToTheTrainerHowItsChannelsAreMadeAndWhoItsHostsAre() throws Exception {
        Disposable agent = agent().channel(
                        AgentChannel.of("train", Flux.empty()).sharded(true).wrapped(true))
                .hosts("algo-2", List.of("algo-2", "algo-10", "algo-1"))
                .run()
                .subscribe();
        endless.add(agent);
        agents.awaitPipe("train_0");
        agent.dispose();

        assertThat(config("inputdataconfig.json"))
                .isEqualTo("{\"train\":{\"TrainingInputMode\":\"Pipe\","
                        + "\"S3DistributionType\":\"ShardedByS3Key\",\"RecordWrapperType\":\"RecordIO\"}}");
        assertThat(config("resourceconfig.json"))
                .isEqualTo("{\"current_host\":\"algo-2\",\"hosts\":[\"algo-1\",\"algo-10\",\"algo-2\"],"
                        + "\"network_interface_name\":\"eth0\"}");
    }

    @Test
    void leavesTheHostsThatAreThere() throws Exception {
        Path file = Files.createDirectories(root.resolve("input/config")).resolve("resourceconfig.json");
        Files.writeString(file, "{\"current_host\":\"algo-7\"}");
        Disposable agent =
                agent().channel("train", Flux.empty()).keepHosts().run().subscribe();
        endless.add(agent);
        agents.awaitPipe("train_0");
        agent.dispose();

        assertThat(config("resourceconfig.json")).isEqualTo("{\"current_host\":\"algo-7\"}");
    }

    @Test
    void aSecondAgentInItsDirectoryLearnsWhoIsThereAndALaterOneIsNot() throws Exception {
        Disposable first = agent().channel("train", Flux.empty()).run().subscribe();
        endless.add(first);
        agents.awaitPipe("train_0");

        assertThatThrownBy(() -> agent().channel("train", Flux.empty()).run().block())
                .isInstanceOf(PipeException.class)
                .hasMessage("another agent fills this directory: process "
                        + ProcessHandle.current().pid() + " (" + root + ") [PF-AGENT-01]");
        assertThat(agents.pipes()).containsExactly("train_0");

        first.dispose();
        await().until(() -> !agents.pipes().contains("train_0"));
        CompletableFuture<Void> later = await().until(this::startedOrRefused, agent -> !agent.isDone());
        assertThat(agents.cat("train_0")).isEmpty();
        later.get();
    }

    /**
     * An agent of one epoch that has made its pipe, or has ended: the lock of another is given back after its pipes.
     */
    private CompletableFuture<Void> startedOrRefused() {
        CompletableFuture<Void> agent =
                agent().channel("train", Flux.empty()).epochs(1).run().toFuture();
        await().until(() -> agent.isDone() || agents.pipes().contains("train_0"));
        return agent;
    }

    @Test
    void endsWhenItIsStoppedWithReadersReleasedAndPipesGone() throws Exception {
        put("train/a", LARGE);
        Sinks.Empty<Void> stop = Sinks.empty();
        CompletableFuture<Void> agent = agent().channel("train", files("train"))
                .channel("eval", Flux.empty()) // nobody reads it
                .stopWhen(stop.asMono())
                .run()
                .toFuture();
        agents.awaitPipe("eval_0");

        try (InputStream pipe = agents.open("train_0")) {
            assertThat(pipe.read()).isNotNegative();
            stop.tryEmitEmpty();
            agent.get();
            assertThat(agents.pipes()).isEmpty();
            assertThat(agents.endOf("train_0")).contains("the writer was stopped");
            pipe.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anyOfSeveralSignalsStopsIt(int first) throws Exception {
        List<Sinks.Empty<Void>> stops = List.of(Sinks.empty(), Sinks.empty());
        CompletableFuture<Void> agent = agent().channel("train", Flux.empty())
                .stopWhen(stops.get(0).asMono())
                .stopWhen(stops.get(1).asMono())
                .run()
                .toFuture();
        agents.awaitPipe("train_0");

        stops.get(first).tryEmitEmpty();

        agent.get();
        assertThat(agents.pipes()).isEmpty();
    }

    @Test
    void failsWithWhatStoppedIt() throws Exception {
        Sinks.Empty<Void> stop = Sinks.empty();
        CompletableFuture<Void> agent = agent().channel("train", Flux.empty())
                .stopWhen(stop.asMono())
                .run()
                .toFuture();
        agents.awaitPipe("train_0");

        stop.tryEmitError(new IllegalStateException("no more"));

        assertThatThrownBy(agent::get).hasRootCauseMessage("no more");
        assertThat(agents.pipes()).isEmpty();
    }

    @Test
    void aMonitorSaysWhichEpochItIsAndWhatAChannelWaitsFor() throws Exception {
        PipelineMonitor monitor = PipelineMonitor.create("train");
        List<PipelineReporter> seen = new CopyOnWriteArrayList<>();
        Flux<ObjectBytes> objects = Flux.deferContextual(context -> {
            seen.add(PipelineReporter.current(context));
            return Flux.empty();
        });
        Disposable agent = agent().channel(AgentChannel.of("train", objects).monitor(monitor))
                .run()
                .subscribe();
        endless.add(agent);
        agents.cat("train_0");
        agents.awaitPipe("train_1");

        assertThat(monitor.epoch()).isEqualTo(1);
        assertThat(seen).containsExactly(PipelineReporter.of(monitor));
        agent.dispose();
    }

    @Test
    void removesThePipesOfItsChannelsThatAKilledAgentLeft() throws Exception {
        Path data = Files.createDirectories(root.resolve("input/data"));
        for (String left : List.of("train_3", "train_x_3", "train_12")) {
            assertThat(new ProcessBuilder("mkfifo", data.resolve(left).toString())
                            .start()
                            .waitFor())
                    .isZero();
        }
        AtomicInteger read = new AtomicInteger();
        Thread reader = new Thread(() -> {
            try (InputStream pipe = agents.open("train_3")) {
                read.set(pipe.read());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        reader.start();
        await().until(() -> Arrays.stream(reader.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("open0"))); // waits for a writer
        Disposable agent = agent().channel("train", Flux.empty()).run().subscribe();
        endless.add(agent);
        agents.awaitPipe("train_0");

        assertThat(agents.pipes()).containsExactlyInAnyOrder("train_0", "train_x_3");
        reader.join();
        assertThat(read).hasValue(-1);
        agent.dispose();
        Files.delete(data.resolve("train_x_3"));
    }

    @Test
    void saysWhereItCannotWrite() throws IOException {
        Files.writeString(root.resolve("input"), "a file");

        assertThatThrownBy(() -> agent().channel("train", Flux.empty()).run().block())
                .isInstanceOf(PipeException.class)
                .hasMessageStartingWith("could not prepare the directories input/config and input/data: ")
                .hasMessageEndingWith("(" + root + ") [PF-AGENT-02]");
    }

    @Test
    void failsWithWhatItsListenerThrows() throws Exception {
        put("train/a", 10);
        CompletableFuture<Void> agent = PipeAgent.at(root)
                .channel("train", files("train"))
                .onEpoch(epoch -> {
                    throw new IllegalStateException("seen enough");
                })
                .run()
                .toFuture();

        assertThat(agents.cat("train_0")).hasSize(10);
        assertThatThrownBy(agent::get).hasRootCauseMessage("seen enough");
    }

    @Test
    void doesNothingBeforeItIsSubscribedTo() throws IOException {
        agent().channel("train", files("train")).run();

        assertThat(root).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "../a", "a b", "ü", "a\n"})
    void refusesNamesThatAreNoChannels(String name) {
        assertThatThrownBy(() -> agent().channel(name, Flux.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("but got \"" + name.replace("\n", "\\u000a") + "\"");
    }

    @Test
    void refusesWhatMakesNoAgent() {
        assertThatThrownBy(() -> AgentChannel.of("a".repeat(65), Flux.empty()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> agent().channel("train", Flux.empty()).channel("train", Flux.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 'train' twice");
        assertThatThrownBy(() -> agent().epochs(0)).hasMessage("expected epochs >= 1, but got 0");
        assertThatThrownBy(() -> agent().run()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> agent().hosts("algo-3", List.of("algo-1", "algo-2")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private PipeAgent agent() {
        return PipeAgent.at(root).onEpoch(written::add);
    }

    private String config(String file) throws IOException {
        return Files.readString(root.resolve("input/config").resolve(file));
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private byte[] put(String name, int size) throws IOException {
        byte[] content = new byte[size];
        new Random(name.hashCode()).nextBytes(content);
        Path file = files.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.readAllBytes(Files.write(file, content));
    }

    private Flux<ObjectBytes> files(String directory) {
        return DirectoryChannel.of(files.resolve(directory)).objects();
    }

    private static byte[] join(List<ByteBuffer> chunks) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        chunks.forEach(chunk -> all.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining()));
        return all.toByteArray();
    }
}
