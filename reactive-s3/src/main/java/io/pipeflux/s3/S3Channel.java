package io.pipeflux.s3;

import io.pipeflux.core.ChannelOrder;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
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
    private final S3ReadOptions options;
    private final String name;
    private final ChannelList list;
    private final ChannelOrder order;

    private S3Channel(S3AsyncClient client, S3ReadOptions options, String name, ChannelList list, ChannelOrder order) {
        this.client = client;
        this.options = options;
        this.name = name;
        this.list = list;
        this.order = order;
    }

    static S3Channel of(S3AsyncClient client, S3ReadOptions options, String name, ChannelList list) {
        return new S3Channel(client, options, name, list, ChannelOrder.listed());
    }

    /**
     * The channel in another order in every epoch, as SageMaker's ShuffleConfig: the list of objects, of a manifest's
     * entries or of an augmented manifest's lines is permuted by {@link io.pipeflux.core.SeededPermutation} of the seed
     * and the epoch, which the {@link io.pipeflux.core.Pass} tells. (SageMaker's own permutation is not published.)
     *
     * <p>The whole list is then read before the first object and held while the epoch is read: per object its key behind
     * the channel's prefix and about 36 bytes; per entry of a manifest its bucket and key and about 20; per line of an
     * augmented manifest its values and about 19, and four per attribute.
     *
     * @param seed any number; the same on all hosts that share the channel
     */
    public S3Channel shuffle(long seed) {
        return new S3Channel(client, options, name, list, order.shuffle(seed));
    }

    /**
     * One host's share of the channel, as SageMaker's ShardedByS3Key: object, entry or line i of an epoch is of host
     * i % count. Comes behind {@link #shuffle}, whichever is called first, so a host has other objects in each epoch. A
     * host may have none, which is no error. Hosts and this host's index are told by
     * {@link io.pipeflux.core.pipe.ResourceConfig}.
     *
     * @param count how many hosts there are, at least 1
     * @param index which one this is, from 0 to count - 1
     */
    public S3Channel shard(int count, int index) {
        return new S3Channel(client, options, name, list, order.shard(count, index));
    }

    /**
     * The channel's objects, empty ones included; {@link ObjectBytes#key()} is {@code s3://bucket/key},
     * {@link ObjectBytes#ordinal()} the place in this host's epoch, so that a resume point fits the same seed and share.
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
        return WindowedObjects.of(client, options, list.inOrder(order));
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
        return "S3Channel[" + name + ", " + order + "]";
    }
}
