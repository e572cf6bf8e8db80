package io.pipeflux.core.pipe;

import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class PipeChannelsTest {

    @TempDir
    Path directory;

    private final List<Disposable> agents = new ArrayList<>();
    private PipeChannels channels;

    @BeforeEach
    void makeChannels() {
        channels = PipeChannels.create(PipeOptions.directory(directory));
    }

    @AfterEach
    void nothingIsLeft() {
        agents.forEach(Disposable::dispose);
        OpenResources.awaitNoneLeft(directory);
    }

    /** Fills a channel's pipes as an agent does: {@code train_n} holds the text {@code train epoch n}. */
    private void startAgent(String channel, int epochs) {
        ChannelWriter writer = ChannelWriter.into(directory);
        agents.add(Flux.range(0, epochs)
                .concatMap(n -> writer.write(channel, n, object(channel + " epoch " + n), ObjectBytes::bytes), 0)
                .subscribe());
    }

    private static Flux<ObjectBytes> object(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return Flux.just(ObjectBytes.of("object", 0, bytes.length, null, from -> Flux.just(ByteBuffer.wrap(bytes))));
    }

    private Mono<String> text(Flux<ByteBuffer> bytes) {
        return bytes.map(chunk -> UTF_8.decode(chunk).toString()).reduce("", String::concat);
    }

    /** How the pipe's writer reports its end; null if it has none. */
    private PipeReport.@Nullable End endOf(String pipe) throws IOException {
        return PipeReport.decode(Files.readAllBytes(directory.resolve("." + pipe + ".end")))
                .end();
    }

    @Test
    void eachSubscriptionReadsTheNextEpoch() {
        startAgent("train", 3);
        startAgent("eval", 2);
        Flux<ByteBuffer> train = channels.channel("train");
        assertThat(text(train).block()).isEqualTo("train epoch 0");
        assertThat(text(channels.channel("eval")).block()).isEqualTo("eval epoch 0");
        assertThat(text(train).block()).isEqualTo("train epoch 1");
        assertThat(text(channels.channel("train")).block()).isEqualTo("train epoch 2");
        assertThat(text(channels.channel("eval")).block()).isEqualTo("eval epoch 1");
    }

    @Test
    void repeatThreeOpensExactlyPipesZeroOneAndTwo() throws IOException {
        startAgent("train", 5);
        Flux<String> epochs = Flux.defer(() -> text(channels.channel("train")));
        epochs.transform(repeat(3))
                .as(StepVerifier::create)
                .expectNext("train epoch 0", "train epoch 1", "train epoch 2")
                .verifyComplete();
        await().until(() -> Files.exists(directory.resolve("train_3")));
        assertThat(endOf("train_2")).isNotNull();
        assertThat(endOf("train_3")).isNull();
    }

    @Test
    void repeatUnderPrefetchDoesNotOpenAPipeMoreThanItsPasses() throws IOException {
        startAgent("train", 5);
        channels.channel("train")
                .map(chunk -> UTF_8.decode(chunk).toString())
                .transform(repeat(3))
                .transform(prefetch(10))
                .as(StepVerifier::create)
                .expectNext("train epoch 0", "train epoch 1", "train epoch 2")
                .verifyComplete();
        await().until(() -> Files.exists(directory.resolve("train_3")));
        assertThat(endOf("train_3")).isNull();
    }

    @Test
    void evaluatingThreeTimesWithinOneTrainingOpensThreePipesOfItsOwn() throws IOException {
        startAgent("train", 2);
        startAgent("eval", 5);
        Flux<String> eval = Flux.defer(() -> text(channels.channel("eval")));
        Flux<String> train = Flux.defer(() -> text(channels.channel("train"))).transform(repeat(2));
        eval.concatWith(train.concatMap(epoch -> Flux.just(epoch).concatWith(eval), 0))
                .as(StepVerifier::create)
                .expectNext("eval epoch 0", "train epoch 0", "eval epoch 1", "train epoch 1", "eval epoch 2")
                .verifyComplete();
        await().until(() -> Files.exists(directory.resolve("eval_3")));
        assertThat(endOf("eval_3")).isNull();
    }

    @Test
    void opensNothingBeforeTheFirstRequest() throws IOException {
        startAgent("train", 1);
        Path pipe = directory.resolve("train_0");
        StepVerifier.create(channels.channel("train"), 0)
                .expectSubscription()
                .then(() -> await().until(() -> Files.exists(pipe)))
                .then(() -> assertThat(readers(pipe)).isZero())
                .thenCancel()
                .verify();
    }

    private long readers(Path pipe) {
        return OpenResources.pipeThreads().stream()
                .filter(name -> name.startsWith("pipeflux-read"))
                .count();
    }

    @Test
    void readsNoChunkThatWasNotAskedFor() {
        AtomicLong written = new AtomicLong();
        ChannelWriter writer = ChannelWriter.into(directory);
        int chunk = 64 << 10;
        Flux<ObjectBytes> endless = Flux.just(ObjectBytes.of(
                "zeros",
                0,
                ObjectBytes.UNKNOWN_SIZE,
                null,
                from -> Flux.range(0, 1_000_000).map(i -> {
                    written.addAndGet(chunk);
                    return ByteBuffer.allocate(chunk);
                })));
        agents.add(writer.write("train", 0, endless, ObjectBytes::bytes).subscribe());
        AtomicLong read = new AtomicLong();
        StepVerifier.create(channels.channel("train").doOnNext(c -> read.addAndGet(c.remaining())), 1)
                .expectNextCount(1)
                .then(() -> awaitSteady(written))
                // beyond what was read: the kernel's pipe, and what the writer has asked for
                .then(() -> assertThat(written.get() - read.get()).isLessThanOrEqualTo((1 << 20) + 4L * chunk))
                .thenCancel()
                .verify();
    }

    /** Waits until a counter has not moved for 50 ms. */
    private static void awaitSteady(AtomicLong counter) {
        await().during(Duration.ofMillis(50)).until(new Callable<>() {
            long last = -1;

            @Override
            public Boolean call() {
                long now = counter.get();
                boolean steady = now == last;
                last = now;
                return steady;
            }
        });
    }

    @Test
    void aPipeThatIsNotThereYetIsAwaited() {
        Mono<String> epoch = text(channels.channel("train"));
        StepVerifier.create(epoch)
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(50))
                .then(() -> startAgent("train", 1))
                .expectNext("train epoch 0")
                .verifyComplete();
    }

    @Test
    void anEpochWithoutAByteIsEmpty() {
        agents.add(ChannelWriter.into(directory)
                .write("train", 0, Flux.empty(), ObjectBytes::bytes)
                .subscribe());
        channels.channel("train").as(StepVerifier::create).verifyComplete();
    }

    @Test
    void aWriterThatIsGoneBeforeItsReaderOpensLosesNothing() throws Exception {
        Path pipe = directory.resolve("train_0");
        NamedPipes.create(pipe);
        CountDownLatch opened = new CountDownLatch(1);
        Flux<ByteBuffer> oneChunk = Flux.defer(() -> {
            opened.countDown();
            return Flux.just(ByteBuffer.wrap("small".getBytes(UTF_8)));
        });
        for (int i = 0; i < 50; i++) { // the writer is often gone before the reader's channel is open
            StepVerifier.create(Mono.zip(NamedPipes.write(pipe, oneChunk), text(NamedPipes.read(pipe))))
                    .assertNext(both -> {
                        assertThat(both.getT1()).isEqualTo(new PipeWrite(5, true));
                        assertThat(both.getT2()).isEqualTo("small");
                    })
                    .verifyComplete();
        }
        assertThat(opened.await(0, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void createDiscardRecreateDoesNotHang() {
        startAgent("train", 100);
        for (int i = 0; i < 20; i++) {
            channels.channel("train").subscribe().dispose();
        }
        assertThat(text(channels.channel("train")).block()).startsWith("train epoch ");
    }

    @Test
    void cancelWhileThePipeIsNotThereReleasesEverything() {
        StepVerifier.create(channels.channel("train"))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(20))
                .thenCancel()
                .verify();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cancelWhileThereIsNoWriterReleasesEverything(boolean unlinked) {
        Path pipe = directory.resolve("train_0");
        NamedPipes.create(pipe);
        StepVerifier.create(channels.channel("train"))
                .expectSubscription()
                .then(() -> await().until(
                                () -> !OpenResources.descriptorsBelow(directory).isEmpty()))
                .then(() -> {
                    if (unlinked) {
                        assertThat(pipe.toFile().delete()).isTrue();
                    }
                })
                .thenCancel()
                .verify();
    }

    @Test
    void cancelWhileAReadBlocksReleasesEverything() {
        agents.add(ChannelWriter.into(directory)
                .write("train", 0, Flux.just(silentAfter("first")), ObjectBytes::bytes)
                .subscribe());
        StepVerifier.create(channels.channel("train"))
                .expectNextCount(1)
                .expectNoEvent(Duration.ofMillis(20))
                .thenCancel()
                .verify();
    }

    private static ObjectBytes silentAfter(String text) {
        return ObjectBytes.of(
                "silent",
                0,
                ObjectBytes.UNKNOWN_SIZE,
                null,
                from -> Flux.concat(Flux.just(ByteBuffer.wrap(text.getBytes(UTF_8))), Flux.never()));
    }

    @Test
    void cancelBetweenReadsReleasesEverything() {
        startAgent("train", 1);
        StepVerifier.create(channels.channel("train"), 1)
                .expectNextCount(1)
                .thenCancel()
                .verify();
    }

    @Test
    void aReaderThatLeavesEarlyGetsTheNextEpochNext() {
        startAgent("train", 10);
        assertThat(text(channels.channel("train").take(1)).block()).isEqualTo("train epoch 0");
        assertThat(text(channels.channel("train")).block()).isEqualTo("train epoch 1");
    }

    @Test
    void movesOnWhenItsPipeIsGoneAndALaterOneStands() {
        agents.add(ChannelWriter.into(directory)
                .write("train", 3, object("later"), ObjectBytes::bytes)
                .subscribe());
        assertThat(text(channels.channel("train")).block()).isEqualTo("later");
    }

    @Test
    void aSecondReaderOfAChannelIsRefused() {
        NamedPipes.create(directory.resolve("train_0"));
        Disposable first = channels.channel("train").subscribe();
        await().until(() -> !OpenResources.descriptorsBelow(directory).isEmpty());
        channels.channel("train")
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipeException.class)
                        .hasMessage("expected one subscriber of channel \"train\" at a time, but another one is"
                                + " reading it (train_0) [PF-PIPE-08]"));
        first.dispose();
    }

    @Test
    void givesUpAtItsDeadlineWithoutAPipeOrAWriter() {
        PipeChannels hasty =
                PipeChannels.create(PipeOptions.directory(directory).openTimeout(Duration.ofMillis(30)));
        hasty.channel("train")
                .as(StepVerifier::create)
                .verifyErrorMessage("waited 30 ms in " + directory + " and found no pipe (train_0) [PF-PIPE-01]");
        NamedPipes.create(directory.resolve("train_0"));
        hasty.channel("train")
                .as(StepVerifier::create)
                .verifyErrorMessage("waited 30 ms in " + directory + " and found no writer (train_0) [PF-PIPE-01]");
    }

    @Test
    void aPathThatIsNoPipeIsNamedAsWhatItIs() throws IOException {
        Files.createDirectory(directory.resolve("train_0"));
        Files.writeString(directory.resolve("eval_0"), "plain");
        channels.channel("train")
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("train_0 is a directory"));
        channels.channel("eval")
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("eval_0 is a regular file"));
    }

    @Test
    void anAgentThatFailsHalfWayReportsTheReasonToTheReader() {
        Flux<ObjectBytes> failing =
                object("begin ").concatWith(Flux.error(new IllegalStateException("s3://b/k-2: access denied")));
        agents.add(ChannelWriter.into(directory)
                .write("train", 0, failing, ObjectBytes::bytes)
                .onErrorComplete()
                .subscribe());
        channels.channel("train")
                .map(chunk -> UTF_8.decode(chunk).toString())
                .as(StepVerifier::create)
                .expectNext("begin ")
                .verifyErrorMessage(
                        "the agent ended the pipe after 6 bytes: s3://b/k-2: access denied (train_0) [PF-PIPE-04]");
    }

    @Test
    void anAgentThatIsStoppedReportsThatToTheReader() {
        Disposable agent = ChannelWriter.into(directory)
                .write("train", 0, Flux.just(silentAfter("first")), ObjectBytes::bytes)
                .subscribe();
        StepVerifier.create(channels.channel("train"))
                .expectNextCount(1)
                .then(agent::dispose)
                .verifyErrorMessage(
                        "the agent ended the pipe after 5 bytes: the writer was stopped (train_0) [PF-PIPE-04]");
        await().until(() -> !Files.exists(directory.resolve("train_0")));
    }

    @Test
    void leftOverPipesOfAChannelAreRemovedAndThoseOfOthersAreNot() throws IOException {
        for (String left : List.of("train_0", "train_7", "train_7_0", ".train_2.new", ".train_2.old")) {
            NamedPipes.create(directory.resolve(left));
        }
        for (String left : List.of(".train_0.end", ".train_9.end", ".train_9.end.tmp", ".train_x.end", "train_a")) {
            Files.writeString(directory.resolve(left), "left");
        }
        ChannelWriter.into(directory).removeLeftOvers("train");
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("train_7_0", ".train_x.end", "train_a");
        }
    }

    @Test
    void aFileInThePlaceOfAPipeIsNotRemovedButNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("train_4"), "somebody's data");
        assertThatThrownBy(() -> ChannelWriter.into(directory).removeLeftOvers("train"))
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("train_4 is a regular file");
        ChannelWriter.into(directory)
                .write("train", 4, object("bytes"), ObjectBytes::bytes)
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("expected a named pipe"));
        assertThat(file).hasContent("somebody's data");
    }

    @Test
    void aChannelNameCannotLeadOutOfTheDirectory() {
        for (String name : List.of("", ".", "..", "../train", "a/b", "nul\0", "x".repeat(65), "tr ain")) {
            assertThatThrownBy(() -> channels.channel(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 to 64 characters");
        }
        assertThat(channels.channel("a.B-c_9")).isNotNull();
        assertThat(channels.channel("x".repeat(64))).isNotNull();
        assertThat(channels.channel("...")).isNotNull();
    }

    @Test
    void theConfigurationDecidesWhichChannelsThereAre() throws IOException {
        Path config = Files.createDirectories(directory.resolve("ml/input/config"));
        PipeChannels container =
                PipeChannels.create(PipeOptions.mlRoot(directory.resolve("ml")).openTimeout(Duration.ofMillis(100)));
        container
                .channel("train")
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("inputdataconfig.json does not exist"));
        Path file = config.resolve("inputdataconfig.json");
        Files.writeString(
                file, "{\"train\":{\"TrainingInputMode\":\"File\"},\"eval\":{\"TrainingInputMode\":\"PIPE\"}}");
        container
                .channel("test")
                .as(StepVerifier::create)
                .verifyErrorMessage("expected channel \"test\" in " + file + ", but got [eval, train] [PF-CONFIG-01]");
        container
                .channel("train")
                .as(StepVerifier::create)
                .verifyErrorMessage("expected channel \"train\" in Pipe mode, but got TrainingInputMode File in " + file
                        + ", whose channels are {eval=PIPE, train=File} [PF-CONFIG-01]");
        Files.writeString(file, "{\"train\":");
        container
                .channel("train")
                .as(StepVerifier::create)
                .verifyErrorSatisfies(
                        e -> assertThat(e).isInstanceOf(PipeException.class).hasMessageContaining("is not valid JSON"));
    }

    @Test
    void aConfigurationThatIsWrittenJustNowIsAwaited() throws IOException {
        Path config = Files.createDirectories(directory.resolve("ml/input/config"));
        PipeChannels container = PipeChannels.create(PipeOptions.mlRoot(directory.resolve("ml")));
        StepVerifier.create(container.channel("train"))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(50))
                .then(() -> write(config.resolve("inputdataconfig.json"), "{\"eval\":{}}"))
                .verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("but got [eval]"));
    }

    private static void write(Path file, String text) {
        try {
            Path whole = Files.writeString(file.resolveSibling("whole"), text);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theReaderRunsOnItsOwnThreadAndNotOnReactors() {
        startAgent("train", 1);
        channels.channel("train")
                .map(chunk -> Thread.currentThread().getName() + " " + Schedulers.isInNonBlockingThread())
                .as(StepVerifier::create)
                .expectNext("pipeflux-read-train_0 false")
                .verifyComplete();
    }
}
