package io.pipeflux.core.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.job.ResourceConfig;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.pipe.PipeWrite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * What SageMaker's agent is in a training container, anywhere: writes the job's configuration and fills the pipes of
 * its channels, epoch after epoch, for a trainer in any language. Immutable: each setter returns a new agent.
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

    private static final int UNKNOWN_SIZE = -1;
    private static final ResourceConfig ONE_HOST = ResourceConfig.of("algo-1", List.of("algo-1"));

    private final Path mlRoot;
    private final Map<String, AgentChannel> channels;
    private final Function<Flux<PipeWrite>, Flux<PipeWrite>> repeat;
    private final Map<String, String> hyperparameters;
    private final @Nullable ResourceConfig hosts;
    private final Consumer<EpochWritten> onEpoch;
    private final Publisher<?> stop;

    private PipeAgent(
            Path mlRoot,
            Map<String, AgentChannel> channels,
            Function<Flux<PipeWrite>, Flux<PipeWrite>> repeat,
            Map<String, String> hyperparameters,
            @Nullable ResourceConfig hosts,
            Consumer<EpochWritten> onEpoch,
            Publisher<?> stop) {
        this.mlRoot = mlRoot;
        this.channels = channels;
        this.repeat = repeat;
        this.hyperparameters = hyperparameters;
        this.hosts = hosts;
        this.onEpoch = onEpoch;
        this.stop = stop;
    }

    /**
     * An agent without channels yet.
     *
     * @param mlRoot what {@code /opt/ml} is in a training container; made if it is not there
     */
    public static PipeAgent at(Path mlRoot) {
        return new PipeAgent(
                Objects.requireNonNull(mlRoot, "mlRoot"),
                Map.of(),
                PipeOperators.repeat(),
                Map.of(),
                ONE_HOST,
                epoch -> {},
                Flux.never());
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
        return new PipeAgent(mlRoot, more, repeat, hyperparameters, hosts, onEpoch, stop);
    }

    /**
     * How many epochs are written into each channel in total, at least 1. Defaults to epochs without end, as SageMaker:
     * the agent then runs until it is cancelled.
     */
    public PipeAgent epochs(int epochs) {
        if (epochs < 1) {
            throw new IllegalArgumentException("epochs >= 1 required but it was " + epochs);
        }
        return new PipeAgent(mlRoot, channels, PipeOperators.repeat(epochs), hyperparameters, hosts, onEpoch, stop);
    }

    /** The content of {@code hyperparameters.json}. Defaults to none. */
    public PipeAgent hyperparameters(Map<String, String> hyperparameters) {
        // not Map.copyOf: the file keeps the caller's order
        return new PipeAgent(mlRoot, channels, repeat, new LinkedHashMap<>(hyperparameters), hosts, onEpoch, stop);
    }

    /**
     * Is told of every epoch written, complete or closed early by its reader. Defaults to nothing. Called on the pipe's
     * thread before the next pipe is made, for several channels at a time; may block; if it throws, the agent fails.
     */
    public PipeAgent onEpoch(Consumer<EpochWritten> onEpoch) {
        Objects.requireNonNull(onEpoch, "onEpoch");
        return new PipeAgent(mlRoot, channels, repeat, hyperparameters, hosts, onEpoch, stop);
    }

    /**
     * The hosts in {@code resourceconfig.json}. Defaults to one, {@code algo-1}. Only says so: a channel's objects are
     * those of this host.
     *
     * @param current this host, one of them
     * @param all in any order; written in that of their names
     */
    public PipeAgent hosts(String current, Collection<String> all) {
        ResourceConfig given = ResourceConfig.of(current, all);
        return new PipeAgent(mlRoot, channels, repeat, hyperparameters, given, onEpoch, stop);
    }

    /** Leaves {@code resourceconfig.json} as it is, for a host where something else has written it. */
    public PipeAgent keepHosts() {
        return new PipeAgent(mlRoot, channels, repeat, hyperparameters, null, onEpoch, stop);
    }

    /**
     * Stops the agent when a signal comes, as cancelling does; but then {@link #run} ends, and only when it has
     * released all readers and removed all pipes. Defaults to never.
     *
     * @param stop subscribed to once per run; its first element or completion completes the run, its error fails it
     */
    public PipeAgent stopWhen(Publisher<?> stop) {
        Objects.requireNonNull(stop, "stop");
        return new PipeAgent(mlRoot, channels, repeat, hyperparameters, hosts, onEpoch, stop);
    }

    /**
     * Runs the agent, per subscription once from pipe number 0 on: writes the configuration, then fills the pipes of
     * all channels at the same time. Completes when every channel has had its {@linkplain #epochs epochs}.
     *
     * <p>One agent at a time runs in a directory; a second fails with a {@link PipeException} that tells the process of
     * the first. Pipes of these channels that an agent left when it was killed, and their reports, are removed first. A
     * reader that closes a pipe early gets the next. Where objects fail, the report beside the failing pipe tells its
     * reader, that channel stops, the other channels are cancelled, and the result fails with that error when all pipes
     * are removed: what a trainer misses in one channel makes the others worthless. Cancel releases readers that wait,
     * removes all pipes and aborts what is being fetched, shortly after; the configuration stays.
     *
     * <p>Pipes are written on threads of their own, files on this run's daemon thread {@code pipeflux-agent}.
     *
     * @throws IllegalStateException if there is no channel
     */
    public Mono<Void> run() {
        if (channels.isEmpty()) {
            throw new IllegalStateException("an agent needs at least one channel but it has none");
        }
        return Mono.usingWhen(
                Mono.fromSupplier(Run::new), run -> run.begin().flatMap(writer -> fill(run, writer)), Run::end);
    }

    /**
     * What a run holds: the directory, and the pipes in it. It is there before it holds anything, so that a run that is
     * cancelled while it takes the directory has somebody who gives it back.
     */
    private final class Run {

        private final ChannelThread thread = new ChannelThread("agent"); // users may block boundedElastic's
        private volatile boolean ended;
        private volatile @Nullable AgentLock lock;
        private @Nullable ChannelWriter writer;

        /** Takes the directory; on a thread that a cancel does not interrupt. */
        Mono<ChannelWriter> begin() {
            return Mono.create(sink -> {
                try {
                    thread.execute(() -> begin(sink));
                } catch (Throwable e) {
                    fail(sink, e);
                }
            });
        }

        private void begin(MonoSink<ChannelWriter> sink) {
            try {
                sink.success(prepare());
            } catch (IOException e) {
                fail(sink, notPrepared(e));
            } catch (Throwable e) {
                fail(sink, e);
            }
        }

        private void fail(MonoSink<ChannelWriter> sink, Throwable e) {
            if (!ended) { // else nobody waits for it
                sink.error(e);
            }
        }

        private synchronized @Nullable ChannelWriter prepare() throws IOException {
            if (ended) {
                return null;
            }
            AgentLock taken = AgentLock.take(mlRoot);
            lock = taken; // also if what follows fails: end() gives it back
            ChannelWriter into = ChannelWriter.into(Files.createDirectories(mlRoot.resolve("input/data")));
            channels.keySet().forEach(into::removeLeftOvers);
            new AgentConfig(channels.values(), hyperparameters, hosts).write(mlRoot.resolve("input/config"));
            writer = into;
            return into;
        }

        /** Gives the directory to the next agent when this one's pipes are gone. */
        Mono<Void> end() {
            ended = true;
            return blocking(this::prepared).flatMap(ChannelWriter::idle).then(blocking(this::giveBack));
        }

        private synchronized @Nullable ChannelWriter prepared() {
            return writer;
        }

        /** Before each pipe: a second agent would remove this one's pipes and make its own. */
        void requireLock() {
            AgentLock taken = lock;
            if (taken != null) {
                taken.require();
            }
        }

        private synchronized @Nullable Void giveBack() throws IOException {
            AgentLock taken = lock;
            if (taken != null) {
                taken.close();
            }
            return null;
        }

        private <T> Mono<T> blocking(Callable<@Nullable T> work) {
            return Mono.<T>fromCallable(work).subscribeOn(Schedulers.fromExecutor(thread));
        }
    }

    private PipeException notPrepared(IOException e) {
        return PipeException.of(
                "the directories input/config and input/data cannot be prepared: " + e, mlRoot.toString(), null, e);
    }

    private Mono<Void> fill(Run run, ChannelWriter writer) {
        Mono<Void> all = Flux.fromIterable(channels.values())
                .flatMap(channel -> epochs(run, writer, channel), channels.size())
                .then();
        return Mono.firstWithSignal(all, Mono.from(stop).then()); // takeUntilOther would not cancel on an error
    }

    private Flux<PipeWrite> epochs(Run run, ChannelWriter writer, AgentChannel channel) {
        PipelineMonitor monitor = channel.newMonitor();
        Flux<PipeWrite> epoch = Flux.deferContextual(context -> {
            run.requireLock();
            long index = Pass.current(context).index();
            PipelineReporter.of(monitor).beginEpoch(index, UNKNOWN_SIZE);
            return writer.write(channel.name(), index, channel.contentHash(index), channel.objects(), channel.form())
                    .doOnNext(w -> onEpoch.accept(new EpochWritten(channel.name(), index, w.bytes(), w.complete())));
        });
        return epoch.transform(repeat).contextWrite(monitor.watch());
    }

    @Override
    public String toString() {
        return "PipeAgent[" + mlRoot + ", channels " + channels.keySet() + "]";
    }
}
