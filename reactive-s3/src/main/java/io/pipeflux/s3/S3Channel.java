package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.channel.ChannelSplit;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
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
    private final @Nullable ObjectCache cache;

    private S3Channel(
            S3AsyncClient client,
            S3ReadOptions options,
            String name,
            ChannelList list,
            ChannelOrder order,
            @Nullable ObjectCache cache) {
        this.client = client;
        this.options = options;
        this.name = name;
        this.list = list;
        this.order = order;
        this.cache = cache;
    }

    static S3Channel of(S3AsyncClient client, S3ReadOptions options, String name, ChannelList list) {
        return new S3Channel(client, options, name, list, ChannelOrder.listed(), null);
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
        return new S3Channel(client, options, name, list, order.shuffle(seed), cache);
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
        return new S3Channel(client, options, name, list, order.shard(count, index), cache);
    }

    /**
     * Returns a channel of one host's share, such that all hosts have about as many bytes, see
     * {@link ChannelOrder#shardByBytes}. The whole list is read before the first object and held in memory, as if the
     * channel were {@linkplain #shuffle shuffled}. The list must state sizes: the channel of a manifest fails.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public S3Channel shardByBytes(int count, int index) {
        return new S3Channel(client, options, name, list, order.shardByBytes(count, index), cache);
    }

    /**
     * Returns what each host reads in the first epoch. The channel is listed, or its manifest read, for that.
     */
    public Mono<ChannelSplit> split() {
        return list.split(order);
    }

    /**
     * Returns a channel that keeps objects on the local disk. The first epoch writes each object there while it is
     * read, and later epochs read it there. The channel is still listed in each epoch, and a manifest and the sizes of
     * its objects are requested in each. An object is taken from the disk only if name, size and ETag are those of the
     * store. So a changed object is read from the store again.
     *
     * <p><b>Bound.</b> The files of the directory never take more than this number of bytes, including those that are
     * being written. Each file counts as a multiple of 4096 bytes. If an object finds no room, files are removed that
     * no channel needs: those that were not used since the beginning of its previous epoch, or for a day in its first
     * epoch in this process. If there are none, the object is not kept. So if a channel has more bytes than the cache,
     * the same part of it is kept in all epochs, and after a restart. Processes whose epochs differ much in length
     * remove each other's files when the directory is full: give them directories of their own.
     *
     * <p><b>Processes.</b> Any number of channels and processes of one user may share the directory, with the same
     * bound. An object that one of them is writing is not written by another one at the same time. A file gets its
     * name when it is complete, and has a CRC32C for each block of 256 KiB, which is compared before the first byte of
     * the block is emitted. A process, or the machine, may be stopped at any moment: what it has written incompletely
     * is not read. The directory must be on a local disk.
     *
     * <p><b>What is kept.</b> Objects that are read from their beginning to their end, and were compared with S3's
     * checksum if that is done, see {@link S3ReadOptions#checksums}. With {@link Checksums#REQUIRE}, only those that
     * were compared are read from the disk; they may be entered inside. Not kept are values of augmented manifests, and
     * objects without a strong ETag. Chunks are written before they are emitted, so the first epoch is not faster than
     * the disk. Files are written and read on the subscription's thread.
     *
     * <p><b>Errors.</b> The objects fail with {@link ObjectReadException} if the directory cannot be created, written
     * and locked, or if every user may write into it. If a file turns out to be damaged or removed, the rest of the
     * object is read from the store, and a damaged file is removed. If the disk is full or another error occurs when an
     * object is written, the rest of the epoch keeps no further objects, and a warning is logged.
     *
     * @param directory is created, for its owner only, if it does not exist; its other files are left as they are
     * @param bytes the maximum number of bytes, at least 1
     */
    public S3Channel cachedIn(Path directory, long bytes) {
        return new S3Channel(
                client,
                options,
                name,
                list,
                order,
                new ObjectCache(directory.toAbsolutePath().normalize(), bytes));
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
     * token repeats, if keys do not ascend (by UTF-8 or by UTF-16) or do not begin with the prefix, if a size is
     * missing, if 1000 consecutive pages have no keys, or if a page has more than 16 MiB. A directory bucket may list
     * keys in any order, see {@link S3Channels#prefix(S3AsyncClient, String, S3ReadOptions)}.
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
        return EpochObjects.of(name, client, options, cache, list.inOrder(order));
    }

    /**
     * Lists the objects without reading them, in the order of {@link #objects()}, which describes the listing.
     * {@link S3Channels#read} reads them, also in another process. One page is held in memory, and no window. Fails
     * with {@link IllegalStateException} if the channel is one of an augmented manifest, whose values are not objects.
     */
    public Flux<ObjectRef> list() {
        return Guarded.map(list.inOrder(order), item -> {
            if (item instanceof S3ObjectRef object) {
                return new ObjectRef(object.name(), object.size(), object.etag());
            }
            throw new IllegalStateException(
                    "expected a channel of objects, but got " + item.name() + " in " + name + ": read objects()");
        });
    }

    /**
     * Returns the bytes of all objects, concatenated without a separator, as in a pipe. In everything else it equals
     * {@link #objects()}. To resume, decode {@link #objects()} instead: the resume points of these bytes do not
     * identify objects, and so cannot detect a changed one.
     */
    public Flux<ByteBuffer> bytes() {
        // an object is requested only after the previous one has ended
        return Guarded.concatMap(CoreAccess.get().forBytes(objects()), ObjectBytes::bytes);
    }

    @Override
    public String toString() {
        return "S3Channel[" + name + ", " + order + "]";
    }
}
