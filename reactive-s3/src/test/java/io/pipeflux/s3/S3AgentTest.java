package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.agent.AgentChannel;
import io.pipeflux.core.agent.EpochWritten;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.suite.AgentDirectory;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.s3.test.FaultProxy.Fault;
import io.pipeflux.s3.test.FaultProxy.Kind;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** An agent over objects of S3: what a store does to it. */
class S3AgentTest extends S3Test {

    private static final int LARGE = 5 << 20; // more than a pipe holds

    @TempDir
    private Path root;

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
    void cancelInAnEpochEndsTheReadersPipeAndAbortsTheGets() throws Exception {
        put("train/a", LARGE);
        put("eval/a", 10);
        proxy.breakEvery(new Fault(Kind.STALL, 500_000));
        Disposable agent = agent().channel(AgentChannel.of("train", prefix("train/", 1 << 20)))
                .channel("eval", prefix("eval/")) // nobody reads it
                .run()
                .subscribe();
        endless.add(agent);
        agents.awaitPipe("eval_0");

        try (InputStream pipe = agents.open("train_0")) {
            await().until(() -> proxy.ranges().size() >= 2);
            agent.dispose();
            assertThat(pipe.readAllBytes()).hasSizeLessThan(500_000); // what came before, and the end
        }
        await().until(() -> proxy.openConnections() == 0);
        await().until(() -> agents.endOf("train_0").contains("\"ok\":false"));
    }

    @Test
    void anErrorOfTheObjectsReachesTheReaderAndFailsTheRun() throws Exception {
        put("train/a", LARGE);
        put("eval/a", 10);
        CompletableFuture<Void> agent = agent().channel("train", slowly("train/"))
                .channel("eval", prefix("eval/")) // nobody reads it
                .run()
                .toFuture();
        List<ByteBuffer> read = new CopyOnWriteArrayList<>();

        Flux<ByteBuffer> train =
                PipeChannels.create(PipeOptions.mlRoot(agents.awaitConfig())).channel("train");
        assertThatThrownBy(() -> train.publishOn(Schedulers.boundedElastic(), 1)
                        .doOnNext(chunk -> {
                            if (read.isEmpty()) {
                                put("train/a", LARGE + 1);
                            }
                            read.add(chunk);
                        })
                        .blockLast())
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("the object changed while it was read")
                .hasMessageContaining("s3://" + bucket + "/train/a");

        assertThatThrownBy(agent::get)
                .cause()
                .isInstanceOf(ObjectReadException.class)
                .hasMessageStartingWith("the object changed while it was read");
        assertThat(join(read)).hasSizeLessThan(LARGE);
        assertThat(agents.endOf("train_0")).contains("\"ok\":false,\"error\":\"the object changed while it was read");
        assertThat(written).isEmpty();
    }

    @Test
    void anEmptyChannelIsAnError() throws Exception {
        CompletableFuture<Void> agent =
                agent().channel("train", prefix("train/")).run().toFuture();

        assertThat(agents.cat("train_0")).isEmpty();
        assertThatThrownBy(agent::get).cause().hasMessageStartingWith("no object under s3://" + bucket + "/train/");
        assertThat(agents.endOf("train_0")).contains("no object under");
    }

    private PipeAgent agent() {
        return PipeAgent.at(root).onEpoch(written::add);
    }

    private Flux<ObjectBytes> prefix(String prefix) {
        return prefix(prefix, 1 << 20);
    }

    private Flux<ObjectBytes> prefix(String prefix, int partSize) {
        return S3Channels.prefix(
                        client,
                        "s3://" + bucket + "/" + prefix,
                        S3ReadOptions.defaults().partSize(partSize))
                .objects();
    }

    /** With the pipe it holds less than half of a large object: the rest is asked for when the reader has read. */
    private Flux<ObjectBytes> slowly(String prefix) {
        S3ReadOptions options = S3ReadOptions.defaults().partSize(256 << 10).windowBytes(1 << 20);
        return S3Channels.prefix(client, "s3://" + bucket + "/" + prefix, options)
                .objects();
    }

    private byte[] put(String key, int size) {
        byte[] content = S3Server.bytes(size, key.hashCode());
        server.put(bucket, key, content);
        return content;
    }
}
