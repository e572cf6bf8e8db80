package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The objects of a channel in S3. Holds no state: each subscription lists and reads anew, so that one epoch is one
 * subscription.
 *
 * <p>Elements come on the thread that asks for them or, where they had to be fetched, on the thread on which the client
 * completes its futures ({@code sdk-async-response-*} by default, never the event loop); a subscriber that blocks
 * belongs behind {@code publishOn}.
 */
public final class S3Channel {

    private final S3AsyncClient client;
    private final S3Uri uri;
    private final S3ReadOptions options;

    S3Channel(S3AsyncClient client, S3Uri uri, S3ReadOptions options) {
        this.client = client;
        this.uri = uri;
        this.options = options;
    }

    /**
     * The channel's objects in the order of the listing, empty ones included; {@link ObjectBytes#key()} is
     * {@code s3://bucket/key}.
     *
     * <p>The listing is read page by page of at most 1000 keys: the first when an object is asked for, each further one
     * when the objects before it have been taken and another is asked for. One page is held. It fails with
     * {@link ObjectReadException} if there is no object at all (a channel without data is a wrong prefix), if the bucket
     * is missing, if access is denied, or if the store cannot be reached after the client's retries.
     *
     * <p>The {@linkplain ObjectBytes#bytes() bytes} of an object are fetched in parts by ranged GETs, the first when a
     * chunk is asked for, and one part ahead of the one that is handed on: at most two parts of
     * {@link S3ReadOptions#partSize} are in memory per object being read, however slow the subscriber. A part is read
     * from the socket at full speed and checked (range, length, ETag) before its first chunk of at most 256 KiB is
     * handed on, so a connection that dies in it is covered by the client's retries, and a subscriber that pauses times
     * out nothing. It fails with {@link ObjectReadException} if the object was changed or deleted since it was listed,
     * or if a part could not be had. Stall detection is the client's read time-out: leave it on. Cancel aborts the GETs
     * under way.
     */
    public Flux<ObjectBytes> objects() {
        return WindowedObjects.of(
                        client, options, Listing.of(client, uri, options).cast(ChannelItem.class))
                .switchIfEmpty(Mono.error(() -> S3Failures.noObject(client, uri)));
    }

    /**
     * The bytes of all objects, one after the other with nothing between them: what a pipe carries. As
     * {@link #objects()} in everything else.
     */
    public Flux<ByteBuffer> bytes() {
        return objects().concatMap(ObjectBytes::bytes, 0); // 0: no object is read before the one before it has ended
    }

    @Override
    public String toString() {
        return "S3Channel[" + uri + "]";
    }
}
