package io.pipeflux.s3;

import io.pipeflux.core.ChannelOrder;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The objects of a channel in S3. Holds no state: each subscription lists and reads anew, so that one epoch is one
 * subscription.
 *
 * <p><b>Threads.</b> Objects and chunks that are available are emitted on the thread that asks for them. Those that had to
 * be waited for are emitted on the subscription's own thread, which its objects share: a daemon named {@code pipeflux-} and
 * the channel's URI, made at the first wait, gone with the subscription and its readers. A subscriber may block there; that
 * holds up nobody else: if one reader of a channel blocks for longer than 20 ms while another reader of the same
 * subscription has a signal waiting, that one continues on a second thread. Nothing is emitted on the client's event loops.
 *
 * <p>The client is asked for listings, HEADs and GETs on up to 8 daemon threads per client, {@code pipeflux-s3-N}, where no
 * subscriber is called. A credentials provider may block there: one that blocks in 8 calls at a time stops the channels of
 * its client, and no others.
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
     * <p>The listing ends only where the store says so ({@code IsTruncated} is false). A page that says true and gives no
     * {@code NextContinuationToken} is followed by the keys after its last one. A page that cannot be right fails as a
     * whole with {@link ObjectReadException}: {@code IsTruncated} is missing, a token repeats, keys do not ascend by their
     * UTF-8 bytes or do not begin with the prefix, a size is missing, or 1000 pages in a row have no keys. Directory
     * buckets, whose names end in {@code --x-s3} (access points: {@code --xa-s3}), list keys in no order.
     *
     * <p>The {@linkplain ObjectBytes#bytes() bytes} are fetched in parts by ranged GETs, several at a time, over the borders
     * of objects, into a window that belongs to this subscription: the first chunk that is asked for opens it, and no more
     * than {@link S3ReadOptions#windowBytes} are held, however slow the subscriber. It begins with two parts and grows while
     * the subscriber waits for bytes; it halves when the store asks to slow down. Chunks of at most 256 KiB are handed on as
     * they arrive, in order, for good.
     *
     * <p>Objects that are read one after the other, in order, come out of that window; one that is passed over is dropped
     * when a later one is read. Any other reading has a window for itself: a second one of an object, one beside another
     * that has not ended, one from an offset behind bytes that were fetched already, one after this sequence was
     * cancelled. So {@code concatMap(ObjectBytes::bytes, 0)} keeps the window full, and {@code flatMap} multiplies it.
     *
     * <p>An object that is listed as empty is asked for one byte, with If-Match: it fails with {@link
     * ObjectReadException} if it has one, or was replaced or deleted.
     *
     * <p>A part that breaks is asked for again from the byte it has reached, in the same version (If-Match), after a random
     * wait; see {@link S3ReadOptions#retries} and {@link S3ReadOptions#noProgressTimeout}. Every answer's range, length and
     * ETag are checked; an answer without an ETag is accepted only for an object that has none and comes in one part. It fails with {@link ObjectReadException}, behind the bytes before, if an object was changed or
     * deleted since it was listed, or could not be had. Bytes that arrive altered are not noticed here: TLS and the
     * checksums of TFRecord and GZIP do that. Cancel aborts the GETs under way.
     */
    public Flux<ObjectBytes> objects() {
        return WindowedObjects.of(name, client, options, list.inOrder(order));
    }

    /**
     * The bytes of all objects, one after the other with nothing between them: what a pipe carries. As
     * {@link #objects()} in everything else. Who resumes decodes {@link #objects()}: resume points of these bytes do not
     * know the objects, and compare none.
     */
    public Flux<ByteBuffer> bytes() {
        return Guarded.concatMap(objects(), ObjectBytes::bytes); // no object is read before the one before it has ended
    }

    @Override
    public String toString() {
        return "S3Channel[" + name + ", " + order + "]";
    }
}
