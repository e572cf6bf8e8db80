package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class SharedEpochStateTest {

    @TempDir
    Path pipes;

    @TempDir
    Path state;

    private PipeOptions options;
    private Disposable agent;

    @BeforeEach
    void startAgent() {
        options = PipeOptions.directory(pipes).stateDirectory(state);
        agent = Flux.merge(fill("train"), fill("eval")).subscribe();
    }

    private Flux<PipeWrite> fill(String channel) {
        return Flux.range(0, 1000)
                .concatMap(
                        n -> ChannelWriter.into(pipes).write(channel, n, text(channel + " " + n), o -> o.bytes()), 0);
    }

    private static Flux<ObjectBytes> text(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
        return Flux.just(ObjectBytes.of(text, 0, bytes.remaining(), null, from -> Flux.just(bytes)));
    }

    @AfterEach
    void nothingIsLeft() {
        agent.dispose();
        OpenResources.awaitNoneLeft(pipes);
        assertThat(OpenResources.descriptorsBelow(state)).isEmpty();
    }

    private String read(String channel) {
        return PipeChannels.create(options)
                .channel(channel)
                .map(chunk -> UTF_8.decode(chunk).toString())
                .reduce("", String::concat)
                .block();
    }

    private Path file(String channel, String what) {
        return state.resolve("." + channel + "-pipe_mode-" + what);
    }

    @Test
    void aLinkUnderTheNameOfALockIsRefusedAndItsTargetLeftAlone() throws IOException {
        for (String lock : List.of("claim", "lock")) {
            Path victim = pipes.resolve("victim-" + lock);
            Path link = Files.createSymbolicLink(file("train", lock), victim);
            assertThatThrownBy(() -> read("train")).isInstanceOf(PipeException.class);
            assertThat(victim).doesNotExist();
            Files.delete(link);
        }
        assertThat(read("train")).isEqualTo("train 0");
    }

    @Test
    void eachInstanceGoesOnWhereTheLastOneStoppedChannelByChannel() {
        assertThat(read("train")).isEqualTo("train 0");
        assertThat(read("train")).isEqualTo("train 1");
        assertThat(read("eval")).isEqualTo("eval 0");
        assertThat(read("train")).isEqualTo("train 2");
        assertThat(file("train", "state")).hasContent("3");
        assertThat(file("eval", "state")).hasContent("1");
        assertThat(file("train", "lock")).exists();
    }

    @Test
    void goesOnWherePipeModeDatasetStopped() throws Exception {
        read("train");
        read("train");
        Files.writeString(file("train", "state"), "2\n");
        assertThat(read("train")).isEqualTo("train 2");
    }

    @Test
    void whatIsCreatedAndDiscardedBeforeAWriterCameIsTheNextOnesToRead() {
        PipeChannels channels =
                PipeChannels.create(PipeOptions.directory(pipes.resolve("none")).stateDirectory(state));
        for (int i = 0; i < 5; i++) {
            StepVerifier.create(channels.channel("train"))
                    .expectSubscription()
                    .expectNoEvent(Duration.ofMillis(5))
                    .thenCancel()
                    .verify();
        }
        assertThat(read("train")).isEqualTo("train 0");
    }

    @Test
    void whatIsDiscardedWhileItIsReadIsUsedUp() {
        assertThat(PipeChannels.create(options).channel("train").blockFirst()).isNotNull();
        assertThat(read("train")).isEqualTo("train 1");
    }

    @Test
    void anotherInstanceWaitsForTheOneThatWaitsForTheNextPipe() {
        PipeOptions elsewhere = PipeOptions.directory(pipes.resolve("none")).stateDirectory(state);
        Disposable first = PipeChannels.create(elsewhere).channel("train").subscribe();
        await().until(() -> !OpenResources.descriptorsBelow(state).isEmpty());
        StepVerifier.create(PipeChannels.create(options).channel("train"))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(50))
                .then(first::dispose)
                .expectNextCount(1)
                .verifyComplete();
    }

    @Test
    void aReaderWhoseClaimWasReplacedDoesNotReadThePipeThatAnotherMayHave() throws Exception {
        PipeOptions elsewhere = PipeOptions.directory(pipes.resolve("later")).stateDirectory(state);
        CompletableFuture<Long> first =
                PipeChannels.create(elsewhere).channel("train").count().toFuture();
        await().until(() -> !OpenResources.descriptorsBelow(state).isEmpty());
        Files.delete(file("train", "claim"));
        Files.createSymbolicLink(pipes.resolve("later"), pipes);

        assertThatThrownBy(first::get)
                .cause()
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("train-pipe_mode-claim");
        assertThat(file("train", "state")).doesNotExist();
    }

    @Test
    void aLockThatAnotherProgramHoldsIsRespected() throws Exception {
        Process flock =
                new ProcessBuilder("flock", file("train", "lock").toString(), "-c", "echo locked; read line").start();
        assertThat(flock.inputReader().readLine()).isEqualTo("locked");
        StepVerifier.create(PipeChannels.create(options).channel("train"))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(50))
                .then(() -> end(flock))
                .expectNextCount(1)
                .verifyComplete();
    }

    private static void end(Process flock) {
        try {
            flock.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aStateThatIsNoNumberIsNamed() throws Exception {
        Path named = state.toRealPath().resolve(".train-pipe_mode-state");
        Files.writeString(file("train", "state"), "-1");
        PipeChannels.create(options)
                .channel("train")
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipeException.class)
                        .hasMessage(
                                "expected the index of the next pipe in " + named + ", but got \"-1\" [PF-PIPE-09]"));
        Files.writeString(file("train", "state"), "0");
        assertThat(read("train")).isEqualTo("train 0");
    }

    @Test
    void aReaderThatWasKilledWhileItReadIsFollowedByTheNextEpoch() throws Exception {
        try (ForkedJvm reader = ForkedJvm.run(EpochReaderMain.class, pipes, state, 0, "hang")) {
            assertThat(reader.readLine()).isEqualTo("ready");
            assertThat(reader.readLine()).isEqualTo("train 0");
            reader.kill();
        }
        assertThat(read("train")).isEqualTo("train 1");
    }

    @Test
    void aReaderThatWasKilledWhileItWaitedForAPipeLosesNone() throws Exception {
        try (ForkedJvm reader = ForkedJvm.run(EpochReaderMain.class, pipes.resolve("none"), state, 1)) {
            assertThat(reader.readLine()).isEqualTo("ready");
            await().until(() -> Files.exists(file("train", "claim")));
            reader.kill();
        }
        assertThat(read("train")).isEqualTo("train 0");
    }

    @Test
    void twoProcessesShareTheEpochsAndReadNoneTwice() throws Exception {
        int each = 20;
        List<String> read = new ArrayList<>();
        try (ForkedJvm other = ForkedJvm.run(EpochReaderMain.class, pipes, state, each)) {
            assertThat(other.readLine()).isEqualTo("ready");
            for (int i = 0; i < each; i++) {
                read.add(read("train"));
            }
            read.addAll(other.readLines());
        }
        assertThat(read)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 2 * each).mapToObj(n -> "train " + n).toList());
    }
}
