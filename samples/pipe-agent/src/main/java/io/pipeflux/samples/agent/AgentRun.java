package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.agent.AgentChannel;
import io.pipeflux.core.agent.EpochWritten;
import io.pipeflux.core.agent.PipeAgent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The agent's channels and their progress. */
final class AgentRun {

    private final Map<String, ChannelProgress> channels = new LinkedHashMap<>();
    private final List<AgentChannel> agentChannels = new ArrayList<>();
    private final List<Mono<?>> looks = new ArrayList<>();
    private final Sinks.Empty<Void> stop = Sinks.empty();
    private final AtomicReference<@Nullable ChannelProgress> failed = new AtomicReference<>();

    /**
     * Adds a channel.
     *
     * @param epochs the number of epochs that are written, or null if it is unlimited
     */
    void add(ChannelSpec spec, ChannelSource source, @Nullable ArrowEmission arrow, @Nullable Integer epochs) {
        ChannelProgress progress =
                new ChannelProgress(PipelineMonitor.create(spec.name()).logAfter(Duration.ZERO), epochs);
        if (channels.put(spec.name(), progress) != null) {
            throw new InputException("expected channels of different names, but got '" + spec.name() + "' twice");
        }
        Flux<ObjectBytes> objects = arrow == null ? source.objects() : arrow.read(source);
        Flux<ObjectBytes> watched = progress.watch(objects);
        Flux<ObjectBytes> written = arrow == null ? watched : arrow.emit(spec, watched);
        AgentChannel channel = AgentChannel.of(
                        spec.name(), written.doOnError(e -> failed.compareAndSet(null, progress)))
                .form(arrow == null ? source.form() : ObjectBytes::bytes)
                .sharded(spec.sharded())
                .wrapped(spec.wrapped())
                .monitor(progress.monitor())
                .content(epoch -> source.content(epoch) + (arrow == null ? "" : " " + arrow.content(spec)));
        agentChannels.add(spec.contentType() == null ? channel : channel.contentType(spec.contentType()));
        // requests the first object before a reader opens the pipe, so that a wrong bucket is reported early, and so
        // that the client's classes are loaded early
        looks.add(objects.next().doOnError(e -> failed.compareAndSet(null, progress)));
    }

    List<ChannelProgress> channels() {
        return List.copyOf(channels.values());
    }

    /**
     * Returns a Mono that runs the agent. The Mono completes when all epochs have been written, or when the run has
     * been {@linkplain #stop stopped} and its pipes have been removed.
     *
     * @param lines receives a line about each epoch that has ended, and about each channel that has ended
     */
    Mono<Void> run(PipeAgent agent, Consumer<String> lines) {
        PipeAgent whole = agent.onEpoch(epoch -> {
            ChannelProgress progress = Objects.requireNonNull(channels.get(epoch.channel()));
            progress.epochWritten(epoch.complete());
            lines.accept(written(epoch));
            if (progress.isOver()) {
                lines.accept(progress.lastLine());
            }
        });
        for (AgentChannel channel : agentChannels) {
            whole = whole.channel(channel);
        }
        Mono<Void> looked = Flux.fromIterable(looks).flatMap(look -> look).then(Mono.never());
        return whole.stopWhen(Mono.firstWithSignal(stop.asMono(), looked)).run();
    }

    private static String written(EpochWritten epoch) {
        return String.format(
                Locale.ROOT,
                "%s epoch %d: %s, %,d bytes",
                epoch.channel(),
                epoch.epoch(),
                epoch.complete() ? "written" : "closed early by its reader",
                epoch.bytes());
    }

    void stop() {
        stop.tryEmitEmpty();
    }

    /**
     * Returns whether the run had read data when it failed. If the failed channel is known, only this channel's data
     * count. Otherwise, the data of any channel count.
     */
    boolean hadData() {
        ChannelProgress channel = failed.get();
        return channel == null ? channels.values().stream().anyMatch(each -> each.bytes() > 0) : channel.bytes() > 0;
    }
}
