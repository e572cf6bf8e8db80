package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipeOperators;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.pipe.PipeWrite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What SageMaker's agent is in a training container, anywhere: writes the job's configuration and fills the pipes of its
 * channels, epoch after epoch, for a trainer in any language. Immutable: each setter returns a new agent.
 *
 * <pre>{@code
 * PipeAgent.at(Path.of("/opt/ml"))
 *         .channel("train", S3Channels.prefix(client, "s3://bucket/train/").objects())
 *         .channel("eval", S3Channels.prefix(client, "s3://bucket/eval/").objects())
 *         .epochs(3)
 *         .run()
 *         .block();
 * }</pre>
 * <pre>
 *   input/config/inputdataconfig.json, resourceconfig.json, hyperparameters.json
 *   input/data/train_0 ... train_1 ... train_2 ...     a channel's next pipe stands when its last one was read or closed
 *   input/data/eval_0 ... eval_1 ...                   channels do not wait for each other
 * </pre>
 */
public final class PipeAgent {

    private final Path mlRoot;
    private final Map<String, AgentChannel> channels;
    private final Function<Flux<PipeWrite>, Flux<PipeWrite>> repeat;
    private final Map<String, String> hyperparameters;
    private final Consumer<EpochWritten> onEpoch;

    private PipeAgent(
            Path mlRoot,
            Map<String, AgentChannel> channels,
            Function<Flux<PipeWrite>, Flux<PipeWrite>> repeat,
            Map<String, String> hyperparameters,
            Consumer<EpochWritten> onEpoch) {
        this.mlRoot = mlRoot;
        this.channels = channels;
        this.repeat = repeat;
        this.hyperparameters = hyperparameters;
        this.onEpoch = onEpoch;
    }

    /**
     * An agent without channels yet.
     *
     * @param mlRoot what {@code /opt/ml} is in a training container; made if it is not there
     */
    public static PipeAgent at(Path mlRoot) {
        return new PipeAgent(
                Objects.requireNonNull(mlRoot, "mlRoot"), Map.of(), PipeOperators.repeat(), Map.of(), epoch -> {});
    }

    /** Adds a channel whose objects are written as they are: {@link AgentChannel#of}. */
    public PipeAgent channel(String name, Flux<ObjectBytes> objects) {
        return channel(AgentChannel.of(name, objects));
    }

    /** Adds a channel, whose name must be new. */
    public PipeAgent channel(AgentChannel channel) {
        Map<String, AgentChannel> more = new LinkedHashMap<>(channels);
        if (more.put(channel.name(), channel) != null) {
            throw new IllegalArgumentException(
                    "channels of different names required but '" + channel.name() + "' was given twice");
        }
        return new PipeAgent(mlRoot, more, repeat, hyperparameters, onEpoch);
    }

    /**
     * How many epochs are written into each channel in total, at least 1. Defaults to epochs without end, as SageMaker:
     * the agent then runs until it is cancelled.
     */
    public PipeAgent epochs(int epochs) {
        if (epochs < 1) {
            throw new IllegalArgumentException("epochs >= 1 required but it was " + epochs);
        }
        return new PipeAgent(mlRoot, channels, PipeOperators.repeat(epochs), hyperparameters, onEpoch);
    }

    /** The content of {@code hyperparameters.json}. Defaults to none. */
    public PipeAgent hyperparameters(Map<String, String> hyperparameters) {
        // not Map.copyOf: the file keeps the caller's order
        return new PipeAgent(mlRoot, channels, repeat, new LinkedHashMap<>(hyperparameters), onEpoch);
    }

    /**
     * Is told of every epoch written, complete or closed early by its reader. Defaults to nothing. Called on the pipe's
     * thread before the next pipe is made, for several channels at a time; may block; if it throws, the agent fails.
     */
    public PipeAgent onEpoch(Consumer<EpochWritten> onEpoch) {
        return new PipeAgent(mlRoot, channels, repeat, hyperparameters, Objects.requireNonNull(onEpoch, "onEpoch"));
    }

    /**
     * Runs the agent, per subscription once from pipe number 0 on: writes the configuration, then fills the pipes of all
     * channels at the same time. Completes when every channel has had its {@linkplain #epochs epochs}.
     *
     * <p>Pipes of these channels that an agent left when it was killed are removed first; so one agent at a time may run in
     * a directory. A reader that closes a pipe early gets the next. Where objects fail, the report beside the failing pipe tells its
     * reader, that channel stops, the other channels are cancelled, and the result fails with that error: what a trainer
     * misses in one channel makes the others worthless. Cancel releases readers that wait, removes all pipes and aborts
     * what is being fetched, shortly after; the configuration stays.
     *
     * <p>Pipes are written on threads of their own, files on {@link Schedulers#boundedElastic()}.
     *
     * @throws IllegalStateException if there is no channel
     */
    public Mono<Void> run() {
        if (channels.isEmpty()) {
            throw new IllegalStateException("an agent needs at least one channel but it has none");
        }
        ChannelWriter writer = ChannelWriter.into(data());
        return Mono.fromCallable(this::prepare)
                .onErrorMap(IOException.class, this::notPrepared)
                .subscribeOn(Schedulers.boundedElastic())
                .thenMany(Flux.fromIterable(channels.values())
                        .flatMap(channel -> epochs(writer, channel), channels.size()))
                .then();
    }

    private Path data() {
        return mlRoot.resolve("input/data");
    }

    private Path prepare() throws IOException {
        Path data = Files.createDirectories(data());
        channels.keySet().forEach(ChannelWriter.into(data)::removeLeftOvers);
        new AgentConfig(mlRoot.resolve("input/config"), channels.values(), hyperparameters).write();
        return data;
    }

    private PipeException notPrepared(IOException e) {
        return PipeException.of(
                "the directories input/config and input/data cannot be prepared: " + e, mlRoot.toString(), null, e);
    }

    private Flux<PipeWrite> epochs(ChannelWriter writer, AgentChannel channel) {
        Flux<PipeWrite> epoch = Flux.deferContextual(context -> {
            long index = Pass.current(context).index();
            return writer.write(channel.name(), index, channel.objects(), channel.form())
                    .doOnNext(w -> onEpoch.accept(new EpochWritten(channel.name(), index, w.bytes(), w.complete())));
        });
        return epoch.transform(repeat);
    }

    @Override
    public String toString() {
        return "PipeAgent[" + mlRoot + ", channels " + channels.keySet() + "]";
    }
}
