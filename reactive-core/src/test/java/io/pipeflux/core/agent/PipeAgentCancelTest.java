package io.pipeflux.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** An agent that is cancelled while it starts, and one whose users block all threads of boundedElastic. */
class PipeAgentCancelTest {

    private static final int ROUNDS = 100;
    private static final int LONGEST_NANOS = 4_000_000;

    @TempDir
    private Path directory;

    @Test
    void anAgentRunsAndEndsWhileBoundedElasticIsBlocked() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.write(data.resolve("x"), new byte[3000]);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE);
        Disposable.Composite blockers = Disposables.composite();
        for (int i = 0; i < 2 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE; i++) {
            blockers.add(Schedulers.boundedElastic().schedule(() -> {
                blocked.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        try {
            blocked.await();
            Mono<Void> run = PipeAgent.at(directory)
                    .channel("train", DirectoryChannel.of(data).objects())
                    .epochs(1)
                    .run();
            CompletableFuture<Void> running = run.toFuture();
            Path config = directory.resolve("input/config/inputdataconfig.json");
            await().until(() -> Files.exists(config));
            PipeChannels channels = PipeChannels.create(PipeOptions.mlRoot(directory));
            assertThat(channels.channel("train")
                            .map(ByteBuffer::remaining)
                            .reduce(0, Integer::sum)
                            .block())
                    .isEqualTo(3000);
            running.get();
        } finally {
            release.countDown();
            blockers.dispose();
        }
    }

    private String failureOf(String channel) {
        PipeChannels channels = PipeChannels.create(PipeOptions.mlRoot(directory));
        return catchThrowable(() -> channels.channel(channel).blockLast()).getMessage();
    }

    @Test
    void theReaderOfAChannelLearnsWhyAnotherOneFailed() throws Exception {
        Sinks.Empty<ObjectBytes> objects = Sinks.empty();
        Sinks.Empty<ObjectBytes> eval = Sinks.empty();
        CompletableFuture<Void> running = PipeAgent.at(directory)
                .channel("train", objects.asMono().flux())
                .channel("eval", eval.asMono().flux())
                .run()
                .toFuture();
        CompletableFuture<String> train = CompletableFuture.supplyAsync(() -> failureOf("train"));
        CompletableFuture<String> other = CompletableFuture.supplyAsync(() -> failureOf("eval"));
        Path report = directory.resolve("input/data/.train_0.end");
        await().until(() -> objects.currentSubscriberCount() == 1 && eval.currentSubscriberCount() == 1); // both read

        eval.tryEmitError(new IOException("the shelf is empty"));

        assertThat(catchThrowable(running::join)).hasRootCauseMessage("the shelf is empty");
        assertThat(train.join()).contains("channel eval failed: the shelf is empty");
        assertThat(Files.readString(report)).contains("channel eval failed: the shelf is empty");
        assertThat(other.join()).contains("the shelf is empty");
    }

    @Test
    void theReaderLearnsWhyTheAgentWasStopped() throws Exception {
        Sinks.Empty<ObjectBytes> objects = Sinks.empty();
        Sinks.Empty<Void> stop = Sinks.empty();
        CompletableFuture<Void> running = PipeAgent.at(directory)
                .channel("train", objects.asMono().flux())
                .stopWhen(stop.asMono())
                .run()
                .toFuture();
        CompletableFuture<String> train = CompletableFuture.supplyAsync(() -> failureOf("train"));
        await().until(() -> objects.currentSubscriberCount() == 1); // the reader has opened the pipe

        stop.tryEmitError(new IOException("the credentials were refused"));

        assertThat(catchThrowable(running::join)).hasRootCauseMessage("the credentials were refused");
        assertThat(train.join()).contains("the credentials were refused");
    }

    @Test
    void theDirectoryIsFreeWhateverTheMomentOfTheCancel() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.write(data.resolve("x"), new byte[3000]);
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < ROUNDS; round++) {
            Path root = directory.resolve("ml-" + round);
            PipeAgent agent = PipeAgent.at(root)
                    .channel("train", DirectoryChannel.of(data).objects());
            long moment = System.nanoTime() + random.nextInt(LONGEST_NANOS);
            Disposable running = agent.run().subscribe();
            while (System.nanoTime() < moment) {
                Thread.onSpinWait();
            }
            running.dispose();
            await("round " + round)
                    .atMost(Duration.ofSeconds(60))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .ignoreExceptions()
                    .until(() -> {
                        AgentLock.take(root, PipeAccess.owner()).close();
                        return true;
                    });
        }
    }
}
