package io.pipeflux.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.core.suite.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** A pipe has no size, but its writer knows that of its source and reports it to the reader. */
class AgentProgressTest {

    private static final int FILE = 4 << 20;

    @TempDir
    private Path root;

    @TempDir
    private Path files;

    private final PipelineMonitor ofAgent = PipelineMonitor.create("agent");
    private final PipelineMonitor ofReader = PipelineMonitor.create("reader");

    @BeforeEach
    void makeFiles() throws IOException {
        Files.write(files.resolve("a"), new byte[FILE]);
        Files.write(files.resolve("b"), new byte[FILE]);
    }

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(root);
    }

    private CompletableFuture<Void> agent(AgentChannel channel) {
        return PipeAgent.at(root)
                .channel(channel.monitor(ofAgent))
                .epochs(1)
                .run()
                .toFuture();
    }

    private Flux<ByteBuffer> pipe() {
        return PipeChannels.create(PipeOptions.mlRoot(root)).channel("train").contextWrite(ofReader.watch());
    }

    private Flux<ObjectBytes> shuffled() {
        return DirectoryChannel.of(files).shuffle(1).objects();
    }

    @Test
    void theReaderKnowsTheSizeOfTheWritersSourceWhileItReads() {
        CompletableFuture<Void> agent = agent(AgentChannel.of("train", shuffled()));
        OneByOne reading = new OneByOne();
        pipe().subscribe(reading);
        await().until(() -> {
            reading.request(1);
            return ofReader.epochProgress().allBytesKnown();
        });
        EpochProgress known = ofReader.epochProgress();
        assertThat(known.knownBytes()).isEqualTo(2 * FILE);
        assertThat(known.knownObjects()).isEqualTo(2);
        assertThat(known.allObjectsKnown()).isTrue();
        assertThat(known.bytes()).isPositive().isLessThan(2 * FILE);
        assertThat(known.timeLeft()).isPresent();
        reading.request(Long.MAX_VALUE);
        agent.join();
        await().until(reading::isDisposed);
        assertThat(ofReader.epochProgress()).hasToString("100 % of 8.4 MB");
        assertThat(ofAgent.epochProgress()).hasToString("100 % of 8.4 MB");
    }

    @Test
    void theBytesOfThePipeMayBeOthersThanThoseOfTheSource() {
        CompletableFuture<Void> agent = agent(AgentChannel.of("train", shuffled())
                .form(object -> object.bytes().map(chunk -> ByteBuffer.allocate(chunk.remaining() / 2))));
        pipe().then().block(Patience.PATIENCE);
        agent.join();
        assertThat(ofReader.bytes()).isEqualTo(FILE);
        assertThat(ofReader.epochProgress()).hasToString("100 % of 8.4 MB");
    }

    @Test
    void withoutAKnownSizeTheReaderKnowsNone() {
        Flux<ObjectBytes> objects = Flux.just(ObjectBytes.of(
                "o", 0, ObjectBytes.UNKNOWN_SIZE, null, from -> Flux.just(ByteBuffer.allocate(1_500_000))));
        CompletableFuture<Void> agent = agent(AgentChannel.of("train", objects));
        pipe().then().block(Patience.PATIENCE);
        agent.join();
        assertThat(ofReader.epochProgress()).hasToString("1.5 MB");
    }

    private static final class OneByOne extends BaseSubscriber<ByteBuffer> {

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}
    }
}
