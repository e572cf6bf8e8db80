package io.pipeflux.s3;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Converts the items of one epoch to objects. Objects that are read in order share one window. */
final class EpochObjects extends Flux<ObjectBytes> {

    private final String name;
    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final @Nullable ObjectCache cache;
    private final Flux<ChannelItem> items;

    private EpochObjects(
            String name,
            S3AsyncClient client,
            S3ReadOptions options,
            @Nullable ObjectCache cache,
            Flux<ChannelItem> items) {
        this.name = name;
        this.client = client;
        this.options = options;
        this.cache = cache;
        this.items = items;
    }

    /**
     * Returns the objects of an epoch.
     *
     * @param name the channel's name, which is also used for the name of its thread
     * @param items emits the items of one epoch, in order, to each subscriber. Items are requested one at a time, when
     *     objects are requested. The first request for bytes opens a window, which then requests further items in
     *     advance
     */
    static Flux<ObjectBytes> of(String name, S3AsyncClient client, S3ReadOptions options, Flux<ChannelItem> items) {
        return of(name, client, options, null, items);
    }

    /**
     * Returns the objects of an epoch, and keeps them in a cache.
     *
     * @param cache keeps objects on the local disk, or null for no cache
     */
    static Flux<ObjectBytes> of(
            String name,
            S3AsyncClient client,
            S3ReadOptions options,
            @Nullable ObjectCache cache,
            Flux<ChannelItem> items) {
        return new EpochObjects(name, client, options, cache, items);
    }

    @Override
    public void subscribe(CoreSubscriber<? super ObjectBytes> actual) {
        PipelineReporter reporter = PipelineReporter.current(actual.currentContext());
        Pass pass = Pass.current(actual.currentContext());
        EpochSize size = reporter.beginEpoch(pass.epoch(), pass.startPosition());
        // a channel that reads its manifest passes its own thread in the context
        ChannelThread shared = actual.currentContext().getOrDefault(ChannelThread.class, null);
        ChannelThread thread = shared == null ? new ChannelThread(name) : shared;
        EpochCache ofEpoch = cache == null ? null : new EpochCache(name, cache, client, options, thread, reporter);
        Flux<ChannelItem> looked = ofEpoch == null ? items : ofEpoch.look(items);
        looked.subscribe(new EpochSubscription(name, client, options, thread, reporter, size, ofEpoch, actual));
    }
}
