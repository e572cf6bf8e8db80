package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.KeyText;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Reads, on demand, an object that lists the items of a channel. */
final class Manifest {

    /**
     * The part size for reading a manifest. It is small, so that reading the manifest needs much less memory than
     * reading the objects.
     */
    private static final int PART_BYTES = 1 << 20;

    private final S3AsyncClient client;
    private final S3Uri uri;
    private final S3ReadOptions options;

    Manifest(S3AsyncClient client, S3Uri uri, S3ReadOptions options) {
        this.client = client;
        this.uri = uri;
        this.options = options.verifyFirst(0).partSize(PART_BYTES).windowBytes(2 * PART_BYTES);
        if (uri.prefix().isEmpty()) {
            throw new IllegalArgumentException("expected the URI of a manifest s3://bucket/key, but got '"
                    + KeyText.printable(uri.toString()) + "'");
        }
    }

    S3Uri uri() {
        return uri;
    }

    /** Returns the entries of the manifest. Fails if there are none. */
    <T> Flux<T> read(FrameFormat<T> format) {
        S3ObjectRef object = new S3ObjectRef(uri.bucket(), uri.prefix(), ObjectBytes.UNKNOWN_SIZE, null);
        Flux<ChannelItem> resolved = OnDemand.defer(
                () -> new ObjectHeads(client, options).resolve(object).cast(ChannelItem.class));
        return EpochObjects.of("manifest " + uri, client, options, resolved)
                .transform(format.decodeObjects())
                .contextWrite(Manifest::fromItsBeginning)
                .switchIfEmpty(Mono.error(() -> ReadFailures.noEntry(uri)));
    }

    /**
     * Removes the pass's start point and the monitor from the context. Both apply to the listed objects, not to the
     * manifest.
     */
    static Context fromItsBeginning(Context context) {
        Position beginning = new Position(Pass.current(context).epoch(), 0, 0, 0);
        return Pass.resumeAt(new ResumePoint(beginning, 0))
                .apply(context.delete(PipelineMonitor.class).delete(Pass.class));
    }
}
