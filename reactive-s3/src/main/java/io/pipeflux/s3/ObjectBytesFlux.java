package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Reads the bytes of an object from an offset. If the objects of the channel are read in order, the bytes come from the
 * channel's window. Otherwise, the subscription gets its own window.
 */
final class ObjectBytesFlux extends Flux<ByteBuffer> implements Scannable {

    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final @Nullable FetchWindow shared;
    private final @Nullable ObjectParts turn;
    private final S3ObjectRef object;
    private final long from;
    private final long to;
    private final ChannelThread thread;

    private ObjectBytesFlux(
            S3AsyncClient client,
            S3ReadOptions options,
            S3ObjectRef object,
            long from,
            long to,
            ChannelThread thread,
            @Nullable FetchWindow shared,
            @Nullable ObjectParts turn) {
        this.client = client;
        this.options = options;
        this.object = object;
        this.from = from;
        this.to = to;
        this.thread = thread;
        this.shared = shared;
        this.turn = turn;
    }

    static Flux<ByteBuffer> bytes(S3AsyncClient client, S3ReadOptions options, S3ObjectRef object, long from) {
        return bytes(client, options, new ChannelThread(object.name()), object, from);
    }

    /** Returns the bytes of an object that is not part of a channel's window. */
    static Flux<ByteBuffer> bytes(
            S3AsyncClient client, S3ReadOptions options, ChannelThread thread, S3ObjectRef object, long from) {
        return new ObjectBytesFlux(client, options, object, from, Long.MAX_VALUE, thread, null, null);
    }

    /** Returns the bytes of an object from one offset up to another. No byte at or after {@code to} is requested. */
    static Flux<ByteBuffer> range(S3AsyncClient client, S3ReadOptions options, S3ObjectRef object, long from, long to) {
        return new ObjectBytesFlux(client, options, object, from, to, new ChannelThread(object.name()), null, null);
    }

    static Flux<ByteBuffer> bytes(
            S3AsyncClient client,
            S3ReadOptions options,
            ChannelThread thread,
            FetchWindow shared,
            ObjectParts turn,
            long from) {
        return new ObjectBytesFlux(client, options, turn.version().ref(), from, Long.MAX_VALUE, thread, shared, turn);
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
        if (options.checksums() == Checksums.REQUIRE && isInside()) {
            Operators.error(actual, ReadFailures.notWhole(object, from, to));
            return;
        }
        ObjectSubscription reader =
                shared == null || turn == null ? null : ObjectSubscription.of(shared, turn, from, actual);
        if (reader == null) {
            S3ObjectRef version = turn == null ? object : turn.version().ref();
            FetchWindow own = new FetchWindow(
                    client, options, thread, PipelineReporter.current(actual.currentContext()), () -> {});
            ObjectParts only = own.add(version, 0, to);
            own.noMore();
            reader = Objects.requireNonNull(ObjectSubscription.of(own, only, from, actual));
        }
        reader.begin();
    }

    /** Returns whether this Flux reads at least one byte, but not the whole object. */
    private boolean isInside() {
        boolean isEnd = object.size() != ObjectBytes.UNKNOWN_SIZE && from >= object.size();
        return !isEnd && (from > 0 || to < object.size());
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor declares the raw type and compares keys by identity
    public @Nullable Object scanUnsafe(Attr key) {
        return key == Attr.NAME ? object.name() : key == Attr.RUN_STYLE ? Attr.RunStyle.ASYNC : null;
    }
}
