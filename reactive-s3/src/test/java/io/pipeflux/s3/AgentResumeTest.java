package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.agent.AgentChannel;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.suite.OpenResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** A trainer that resumes in the pipes of an agent that was started anew. */
class AgentResumeTest extends S3Test {

    private static final FrameFormat<RawRecord> ONES =
            FrameFormat.of("ones", () -> in -> in.ensure(1) ? in.record(1, 0, 1) : null);

    @TempDir
    private Path root;

    private Sinks.Empty<Void> stop = Sinks.empty();
    private CompletableFuture<Void> running = CompletableFuture.completedFuture(null);

    @BeforeEach
    void objects() {
        for (String content : List.of("ab", "cd", "ef", "gh", "ij")) {
            server.put(bucket, content, content.getBytes(UTF_8));
        }
    }

    @AfterEach
    void leavesNothing() {
        stopAgent();
        OpenResources.awaitNoneLeft(root);
    }

    private void stopAgent() {
        stop.tryEmitEmpty();
        running.join();
    }

    /** An agent whose pipes begin with epoch 0, after the one before has gone. */
    private void startAgent(long seed) {
        stopAgent();
        stop = Sinks.empty();
        AgentChannel train = AgentChannel.of(
                        "train",
                        S3Channels.prefix(client, "s3://" + bucket + "/")
                                .shuffle(seed)
                                .objects())
                .content(epoch -> "seed " + seed + ", epoch " + epoch);
        running =
                PipeAgent.at(root).channel(train).stopWhen(stop.asMono()).run().toFuture();
        await().until(() -> Files.exists(root.resolve("input/config/inputdataconfig.json")));
    }

    private Flux<RawRecord> records(int epochs) {
        return PipeChannels.create(PipeOptions.mlRoot(root))
                .channel("train")
                .transform(ONES.decode())
                .transform(PipeOperators.repeat(epochs));
    }

    private static List<String> texts(Flux<RawRecord> records) {
        return records.map(record -> UTF_8.decode(record.bytes()).toString())
                .collectList()
                .block();
    }

    @Test
    void aPointOfAnEpochIsTakenInItsOwnOrderOnly() {
        startAgent(1);
        List<RawRecord> all = records(2).collectList().block();
        List<String> first = texts(Flux.fromIterable(all)).subList(0, 10);
        assertThat(texts(Flux.fromIterable(all)).subList(10, 20)).isNotEqualTo(first);
        ResumePoint inFirst = ResumePoint.fromJson(all.get(3).resumeAt().toJson());
        ResumePoint inSecond = ResumePoint.fromJson(all.get(13).resumeAt().toJson());

        startAgent(1);
        assertThat(texts(records(1).contextWrite(Pass.resumeAt(inFirst)))).isEqualTo(first.subList(4, 10));

        startAgent(1);
        assertThatThrownBy(() -> texts(records(2).contextWrite(Pass.resumeAt(inSecond))))
                .isInstanceOf(ResumeMismatchException.class);

        startAgent(2);
        assertThatThrownBy(() -> texts(records(1).contextWrite(Pass.resumeAt(inFirst))))
                .isInstanceOf(ResumeMismatchException.class);
    }
}
