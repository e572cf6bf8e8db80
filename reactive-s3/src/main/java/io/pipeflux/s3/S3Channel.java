package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * A channel of objects in S3. Immutable: each setter returns a new channel. It holds no state: each subscription lists
 * and reads the objects anew, so one epoch is one subscription.
 *
 * <p><b>Threads.</b> Objects and chunks that are available are emitted on the requesting thread. Those that arrive
 * later are emitted on the subscription's own thread, which its objects share. It is a daemon thread, named
 * {@code pipeflux-} and the channel's URI. It is created at the first wait, and ends with the subscription and all
 * reads of its objects. A subscriber may block it: if one reader blocks for longer than 20 ms while another reader of
 * the same subscription has a signal to emit, a second thread serves that reader. Nothing is emitted on the client's
 * event loops.
 *
 * <p>The client's methods for listings, HEADs and GETs are called on up to 8 daemon threads per client, named
 * {@code pipeflux-s3-N}. No subscriber is called there. A credentials provider may block there: if it blocks in 8 calls
 * at a time, only the channels of this client stop.
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
     * Returns a channel that is shuffled differently in each epoch, as by SageMaker's ShuffleConfig. The list of
     * objects, of a manifest's entries or of an augmented manifest's lines is permuted by
     * {@link io.pipeflux.core.SeededPermutation} for the seed and the epoch of the {@link io.pipeflux.core.Pass}.
     * (SageMaker's own permutation is not published.)
     *
     * <p>The whole list is read before the first object, and held in memory while the epoch is read. An object takes
     * its key without the channel's prefix and about 36 bytes. An entry of a manifest takes its bucket and key and
     * about 20 bytes. A line of an augmented manifest takes its values, about 19 bytes, and four bytes per attribute.
     *
     * @param seed any number; it must be the same on all hosts that share the channel
     */
    public S3Channel shuffle(long seed) {
        return new S3Channel(client, options, name, list, order.shuffle(seed));
    }

    /**
     * Returns a channel of one host's share, as by SageMaker's ShardedByS3Key: host i % count reads object, entry or
     * line i of an epoch. The list is {@linkplain #shuffle shuffled} before it is shared, whichever method is called
     * first. So the objects of a host differ between epochs. A host without any object gets an empty channel, not an
     * error. {@link io.pipeflux.core.job.ResourceConfig} returns the hosts and the index of this one.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public S3Channel shard(int count, int index) {
        return new S3Channel(client, options, name, list, order.shard(count, index));
    }

    /**
     * Returns the objects of the channel, including empty ones. {@link ObjectBytes#key()} is {@code s3://bucket/key}.
     * {@link ObjectBytes#ordinal()} is the index in this host's epoch, so a resume point requires the same seed and
     * share.
     *
     * <p><b>Listing.</b> The listing is read in pages of at most 1000 keys. The first page is requested with the first
     * object. Each further page is requested after all objects of the previous one are taken and another object is
     * requested. One page is held in memory. The result fails with {@link ObjectReadException} if no object exists (the
     * prefix is probably wrong), if the bucket does not exist, if access is denied, or if the store cannot be reached
     * after the client's retries.
     *
     * <p>The listing ends only if the store states it ({@code IsTruncated} is false). If {@code IsTruncated} is true
     * but the page has no {@code NextContinuationToken}, the listing continues after the page's last key. A page that
     * cannot be correct fails as a whole with {@link ObjectReadException}: if {@code IsTruncated} is missing, if a
     * token repeats, if keys do not ascend by their UTF-8 bytes or do not begin with the prefix, if a size is missing,
     * if 1000 consecutive pages have no keys, or if a page has more than 16 MiB. Directory buckets, whose names end in
     * {@code --x-s3} (access points: {@code --xa-s3}), may list keys in any order.
     *
     * <p><b>Bytes.</b> The {@linkplain ObjectBytes#bytes() bytes} are fetched in parts by ranged GETs, several at a
     * time, across the boundaries of objects. They are kept in a window of this subscription, which the first requested
     * chunk opens. However slow the subscriber is, the window holds at most {@link S3ReadOptions#windowBytes}. It
     * begins with two parts, grows while the subscriber waits for bytes, and halves when the store asks to slow down.
     * Chunks of at most 256 KiB are emitted in order, as soon as they arrive and are requested. They belong to the
     * subscriber.
     *
     * <p>Objects that are read in order, one after another, share this window. An object that is skipped is dropped
     * when a later one is read. Any other read has a window of its own: a second read of an object, a read while
     * another one has not ended, a read from an offset of an object whose bytes were already fetched, and a read after
     * this sequence was cancelled. So {@code concatMap(ObjectBytes::bytes, 0)} keeps one window full, and
     * {@code flatMap} needs several.
     *
     * <p>For an object that is listed as empty, one byte is requested with If-Match. The read fails with
     * {@link ObjectReadException} if the object has a byte, or was replaced or deleted.
     *
     * <p><b>Errors.</b> If a GET breaks, the rest of its part is requested again, in the same version (If-Match), after
     * a random wait, see {@link S3ReadOptions#retries} and {@link S3ReadOptions#noProgressTimeout}. The range, length
     * and ETag of every answer are checked. A store that ignores ranges and sends whole objects is accepted if each
     * object fits into one part. Weak ETags are compared, but not sent as If-Match. An answer without an ETag is
     * accepted only if the object has none and fits into one part. If an object was changed or deleted since it was
     * listed, or could not be read, the read fails with {@link ObjectReadException} after the bytes before that place.
     * A cancel aborts the GETs in progress.
     *
     * <p><b>Checksums.</b> Objects are compared with the checksums that the store states, see
     * {@link S3ReadOptions#checksums}. An object of one part is requested as a whole, without a range. For a larger
     * one, a HEAD is sent together with the first GET.
     */
    public Flux<ObjectBytes> objects() {
        return EpochObjects.of(name, client, options, list.inOrder(order));
    }

    /**
     * Returns the bytes of all objects, concatenated without a separator, as in a pipe. In everything else it equals
     * {@link #objects()}. To resume, decode {@link #objects()} instead: the resume points of these bytes do not
     * identify objects, and so cannot detect a changed one.
     */
    public Flux<ByteBuffer> bytes() {
        // an object is requested only after the previous one has ended
        return Guarded.concatMap(objects(), ObjectBytes::bytes);
    }

    @Override
    public String toString() {
        return "S3Channel[" + name + ", " + order + "]";
    }
}
