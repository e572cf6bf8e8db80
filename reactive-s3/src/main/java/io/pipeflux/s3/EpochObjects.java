package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The items of one epoch as objects, whose bytes come out of one window as long as they are read in order. */
final class EpochObjects extends Flux<ObjectBytes> {

    private final String name;
    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final Flux<ChannelItem> items;

    private EpochObjects(String name, S3AsyncClient client, S3ReadOptions options, Flux<ChannelItem> items) {
        this.name = name;
        this.client = client;
        this.options = options;
        this.items = items;
    }

    /**
     * The objects of an epoch.
     *
     * @param name of the channel, for its thread
     * @param items of one epoch per subscription, in order; asked for one by one: the first bytes that are asked for
     *     open a window over those that follow, until then only as many as objects are
     */
    static Flux<ObjectBytes> of(String name, S3AsyncClient client, S3ReadOptions options, Flux<ChannelItem> items) {
        return new EpochObjects(name, client, options, items);
    }

    @Override
    public void subscribe(CoreSubscriber<? super ObjectBytes> actual) {
        PipelineReporter reporter = PipelineReporter.current(actual.currentContext());
        reporter.beginEpoch(Pass.current(actual.currentContext()).epoch(), -1);
        // a manifest is read in the thread of the channel that it lists
        ChannelThread shared = actual.currentContext().getOrDefault(ChannelThread.class, null);
        ChannelThread thread = shared == null ? new ChannelThread(name) : shared;
        items.subscribe(new EpochSubscription(client, options, thread, reporter, actual));
    }
}
