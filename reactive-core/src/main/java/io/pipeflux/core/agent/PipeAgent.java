package io.pipeflux.core.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.OptionValues;
import io.pipeflux.core.internal.StopReason;
import io.pipeflux.core.job.ResourceConfig;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.core.pipe.PipeWrite;
import java.io.IOException;
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
 * Does the work of SageMaker's agent, but on any host. It writes the job's configuration, and fills the pipes of the
 * job's channels, epoch after epoch. The trainer can be written in any language. Instances are immutable: each setter
 * returns a new agent.
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
 *   input/data/train_0, train_1, train_2 ...     one at a time: the next one is created after the previous one was read
 *                                                or closed
 *   input/data/eval_0, eval_1 ...                channels do not wait for each other
 * </pre>
 */
public final class PipeAgent {

    private static final int UNKNOWN_SIZE = -1;
    private static final ResourceConfig ONE_HOST = ResourceConfig.of("algo-1", List.of("algo-1"));

    private static final class Values extends OptionValues {

        private Path mlRoot;
        private Map<String, AgentChannel> channels = Map.of();
        private Function<Flux<PipeWrite>, Flux<PipeWrite>> repeat = PipeOperators.repeat();
        private Map<String, String> hyperparameters = Map.of();
        private @Nullable ResourceConfig hosts = ONE_HOST;
        private PipeAccess access = PipeAccess.owner();
        private Consumer<EpochWritten> onEpoch = epoch -> {};
        private Publisher<?> stop = Flux.never();

        Values(Path mlRoot) {
            this.mlRoot = mlRoot;
        }
    }

    private final Values values;

    private PipeAgent(Values values) {
        this.values = values;
    }

    private PipeAgent with(Consumer<Values> change) {
        return new PipeAgent(OptionValues.changed(values, change));
    }

    /**
     * Returns an agent without channels.
     *
     * @param mlRoot the directory that corresponds to {@code /opt/ml} in a training container. If it does not exist,
     *     {@link #run} creates it
     */
    public static PipeAgent at(Path mlRoot) {
        return new PipeAgent(new Values(Objects.requireNonNull(mlRoot, "mlRoot")));
    }

    /** Adds a channel that writes the bytes of its objects unchanged. See {@link AgentChannel#of}. */
    public PipeAgent channel(String name, Flux<ObjectBytes> objects) {
        return channel(AgentChannel.of(name, objects));
    }

    /**
     * Adds a channel.
     *
     * @throws IllegalArgumentException if the agent already has a channel with this name
     */
    public PipeAgent channel(AgentChannel channel) {
        Map<String, AgentChannel> more = new LinkedHashMap<>(values.channels);
        if (more.put(channel.name(), channel) != null) {
            throw new IllegalArgumentException(
                    "expected channels of different names, but got '" + channel.name() + "' twice");
        }
        return with(to -> to.channels = more);
    }

    /**
     * Sets the number of epochs that each run writes into each channel. By default, the number is unlimited, as in
     * SageMaker. The agent then runs until it is cancelled or {@linkplain #stopWhen stopped}.
     *
     * @param epochs at least 1
     */
    public PipeAgent epochs(int epochs) {
        if (epochs < 1) {
            throw new IllegalArgumentException("expected epochs >= 1, but got " + epochs);
        }
        return with(to -> to.repeat = PipeOperators.repeat(epochs));
    }

    /**
     * Sets the content of {@code hyperparameters.json}, in the order of the map. By default, there are no
     * hyperparameters.
     */
    public PipeAgent hyperparameters(Map<String, String> hyperparameters) {
        // Map.copyOf is not used, because the file must have the caller's order
        return with(to -> to.hyperparameters = new LinkedHashMap<>(hyperparameters));
    }

    /**
     * Sets a callback that is called after each epoch, including an epoch whose reader has closed the pipe early. By
     * default, there is no callback. The callback runs on the pipe's thread, before the channel's next pipe is created.
     * The callback may block. Several channels may call it at the same time. If the callback throws, the agent fails.
     */
    public PipeAgent onEpoch(Consumer<EpochWritten> onEpoch) {
        Objects.requireNonNull(onEpoch, "onEpoch");
        return with(to -> to.onEpoch = onEpoch);
    }

    /**
     * Sets the hosts in {@code resourceconfig.json}. Defaults to the single host {@code algo-1}. This method does not
     * select objects. If a channel is sharded, its objects must already be this host's share.
     *
     * @param current the name of this host
     * @param all the names of all hosts of the job, including this host, in any order. The file lists them in the order
     *     of their names
     * @throws IllegalArgumentException if the current host is not among all hosts
     */
    public PipeAgent hosts(String current, Collection<String> all) {
        ResourceConfig given = ResourceConfig.of(current, all);
        return with(to -> to.hosts = given);
    }

    /**
     * Leaves {@code resourceconfig.json} as it is. Use this method on a host where another program writes that file.
     */
    public PipeAgent keepHosts() {
        return with(to -> to.hosts = null);
    }

    /**
     * Sets who may use the pipes, their reports, the configuration files, and the directories that the agent creates.
     * Defaults to {@link PipeAccess#owner}. With this default, the trainer and the agent must run as the same user. If
     * the trainer runs as a different user, set an access for a group that both users have in common. Existing
     * directories are left as they are. Regardless of this setting, only the owner may access the agent's lock file.
     */
    public PipeAgent access(PipeAccess access) {
        Objects.requireNonNull(access, "access");
        return with(to -> to.access = access);
    }

    /**
     * Sets a publisher whose signal stops the agent. After all readers have been released and all pipes have been
     * removed, {@link #run} completes or fails. A run that is cancelled instead of stopped does not wait for these
     * actions. By default, there is no such publisher. If this method is called several times, each of the publishers
     * can stop the agent.
     *
     * @param stop the publisher, to which each run subscribes once. The first element or the completion of the
     *     publisher completes the run, and an error of the publisher fails the run
     */
    public PipeAgent stopWhen(Publisher<?> stop) {
        Objects.requireNonNull(stop, "stop");
        Publisher<?> others = values.stop;
        return with(to -> to.stop =
                Mono.firstWithSignal(Mono.from(others).then(), Mono.from(stop).then()));
    }

    /**
     * Runs the agent once per subscription. A run writes the configuration, then fills the pipes of all channels at the
     * same time, beginning with pipe 0. The run completes after all {@linkplain #epochs epochs} of every channel have
     * been written.
     *
     * <p>Only one agent can run in a directory. A second agent fails with a {@link PipeException} that names the
     * process of the first agent. Before the agent creates its pipes, it removes the pipes and reports that a killed
     * agent did not remove for these channels. If a reader closes a pipe early, it can open the next pipe.
     *
     * <p>If reading the objects of a channel fails, the report of the channel's pipe passes the error to the reader.
     * The other channels are cancelled, because a trainer cannot use them if one channel is missing. The run fails with
     * that error after all pipes have been removed.
     *
     * <p>A cancel releases waiting readers, removes all pipes and aborts all fetches in progress. The cancel does not
     * wait for these actions, which are completed shortly afterwards. The configuration files remain.
     *
     * <p>Each pipe is written on its own daemon thread. The files are written on the run's daemon thread
     * {@code pipeflux-agent}.
     *
     * @throws IllegalStateException if the agent has no channel
     */
    public Mono<Void> run() {
        if (values.channels.isEmpty()) {
            throw new IllegalStateException("expected an agent with at least one channel, but it has none");
        }
        return Mono.usingWhen(
                Mono.fromSupplier(Run::new), run -> run.begin().flatMap(writer -> fill(run, writer)), Run::end);
    }

    /**
     * Holds the directory and its pipes for one run. An instance is created before the directory is locked. So if the
     * run is cancelled while the lock is being taken, {@link #end} still releases the lock.
     */
    private final class Run {

        // a dedicated thread, because users may block all threads of boundedElastic
        private final ChannelThread thread = new ChannelThread("agent");
        private volatile boolean ended;
        private volatile @Nullable AgentLock lock;
        private @Nullable ChannelWriter writer;

        /** Locks and prepares the directory, on a thread that a cancel does not interrupt. */
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
            // after end() was called, there is no subscriber to receive the error
            if (!ended) {
                sink.error(e);
            }
        }

        private synchronized @Nullable ChannelWriter prepare() throws IOException {
            if (ended) {
                return null;
            }
            AgentLock taken = AgentLock.take(values.mlRoot, values.access);
            lock = taken; // set before anything else can fail, so that end() releases it
            ChannelWriter into = ChannelWriter.into(
                    values.access.createDirectories(values.mlRoot.resolve("input/data")), values.access);
            values.channels.keySet().forEach(into::removeLeftOvers);
            new AgentConfig(values.channels.values(), values.hyperparameters, values.hosts)
                    .write(values.access.createDirectories(values.mlRoot.resolve("input/config")), values.access);
            writer = into;
            return into;
        }

        /** Releases the directory for the next agent. Waits until this agent's pipes have been removed. */
        Mono<Void> end() {
            ended = true;
            return blocking(this::prepared).flatMap(ChannelWriter::idle).then(blocking(this::release));
        }

        private synchronized @Nullable ChannelWriter prepared() {
            return writer;
        }

        /**
         * Fails if the lock was lost. Without the lock, a second agent could remove this agent's pipes. Called before
         * each pipe is created.
         */
        void requireLock() {
            AgentLock taken = lock;
            if (taken != null) {
                taken.require();
            }
        }

        private synchronized @Nullable Void release() throws IOException {
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
        return CoreAccess.exception(
                PipeException.class,
                ErrorKind.AGENT_DIRECTORY,
                "could not prepare the directories input/config and input/data: " + Failed.reason(e),
                values.mlRoot.toString(),
                null,
                e);
    }

    private Mono<Void> fill(Run run, ChannelWriter writer) {
        StopReason reason = new StopReason(); // gets its text before an error cancels other channels
        Mono<Void> all = Flux.fromIterable(values.channels.values())
                .flatMap(
                        channel -> epochs(run, writer, channel)
                                .doOnError(e -> reason.set("channel " + channel.name() + " failed: " + text(e))),
                        values.channels.size())
                .then();
        // takeUntilOther is not used, because it would not cancel the channels if the stop signal is an error
        return Mono.firstWithSignal(
                        all,
                        Mono.from(values.stop)
                                .doOnError(e -> reason.set(text(e)))
                                .then())
                .contextWrite(context -> context.put(StopReason.class, reason));
    }

    private static String text(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private Flux<PipeWrite> epochs(Run run, ChannelWriter writer, AgentChannel channel) {
        PipelineMonitor monitor = channel.newMonitor();
        Flux<PipeWrite> epoch = Flux.deferContextual(context -> {
            run.requireLock();
            long index = Pass.current(context).index();
            PipelineReporter.of(monitor).beginEpoch(index, UNKNOWN_SIZE);
            return writer.write(channel.name(), index, channel.contentHash(index), channel.objects(), channel.form())
                    .doOnNext(w ->
                            values.onEpoch.accept(new EpochWritten(channel.name(), index, w.bytes(), w.complete())));
        });
        return epoch.transform(values.repeat).contextWrite(monitor.watch());
    }

    @Override
    public String toString() {
        return "PipeAgent[" + values.mlRoot + ", channels " + values.channels.keySet() + "]";
    }
}
