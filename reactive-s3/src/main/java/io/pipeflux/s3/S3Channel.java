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
 * A channel of objects in S3. Instances are immutable and hold no state: each setter returns a changed copy, and each
 * subscription lists and reads the objects again. So each subscription is one epoch.
 *
 * <p><b>Threads.</b> Objects and chunks that are available are emitted on the requesting thread. Objects and chunks
 * that arrive later are emitted on a dedicated thread of the subscription, which the reads of its objects share. This
 * is a daemon thread, named {@code pipeflux-} and the channel's URI. It is created when the subscription first has to
 * wait, and ends when the subscription and all reads of its objects have ended. A subscriber may block this thread: if
 * one reader blocks it for longer than 20 ms while another reader of the same subscription has a signal to emit, a
 * second thread serves the other reader. Nothing is emitted on the client's event loops.
 *
 * <p>The client's methods for listings, HEADs and GETs are called on up to 8 daemon threads per client, named {@code
 * pipeflux-s3-N}. These threads never call a subscriber. A credentials provider may block them. If it blocks all 8
 * threads simultaneously, only the channels of this client are held up.
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
     * Returns a copy of this channel that is shuffled anew for each epoch, like SageMaker's ShuffleConfig. The shuffled
     * elements are listed objects, the entries of a manifest, or the lines of an augmented manifest. {@link
     * io.pipeflux.core.SeededPermutation} determines their order from the seed and from the epoch of the {@link
     * io.pipeflux.core.Pass}. SageMaker does not publish its own permutation, so its order differs from this one.
     *
     * <p>The whole list is read before the first object, and held in memory while the epoch is read. An object takes
     * about 36 bytes plus its key without the channel's prefix. An entry of a manifest takes about 20 bytes plus its
     * bucket and key. A line of an augmented manifest takes about 19 bytes plus its values, and four bytes per
     * attribute.
     *
     * @param seed any number. It must be the same on all hosts that share the channel
     */
    public S3Channel shuffle(long seed) {
        return new S3Channel(client, options, name, list, order.shuffle(seed), cache);
    }

    /**
     * Returns a copy of this channel that reads only one host's share, like SageMaker's ShardedByS3Key. Element i of an
     * epoch is read by host i % count. An element is an object, an entry of a manifest, or a line of an augmented
     * manifest. The list is always {@linkplain #shuffle shuffled} before it is divided, in whichever order the two
     * methods are called. So a host reads different objects in each epoch. A host whose share is empty gets an empty
     * channel, not an error. {@link io.pipeflux.core.job.ResourceConfig} returns the hosts and the index of this host.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public S3Channel shard(int count, int index) {
        return new S3Channel(client, options, name, list, order.shard(count, index), cache);
    }

    /**
     * Returns a copy of this channel that reads only one host's share. All shares have about the same number of bytes,
     * see {@link ChannelOrder#shardByBytes}. The whole list is read before the first object and held in memory, as for
     * a {@linkplain #shuffle shuffled} channel. The list must state the sizes of the objects. A manifest does not state
     * them, so a channel of a manifest fails when it is read.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public S3Channel shardByBytes(int count, int index) {
        return new S3Channel(client, options, name, list, order.shardByBytes(count, index), cache);
    }

    /**
     * Returns how the hosts divide the channel in the first epoch. When the result is subscribed to, it lists the
     * channel or reads its manifest.
     */
    public Mono<ChannelSplit> split() {
        return list.split(order);
    }

    /**
     * Returns a copy of this channel that keeps objects on the local disk. The first epoch writes each object to the
     * disk while it is read, and later epochs read it from there. Every epoch still lists the channel, or reads the
     * manifest and requests the sizes of its objects. An object is read from the disk only if its name, size and ETag
     * match those of the store. So an object that has changed is read from the store again.
     *
     * <p><b>Bound.</b> The files of the directory never occupy more than {@code bytes}, including the files that are
     * being written. The size of each file is rounded up to a multiple of 4096 bytes. If there is no room for an
     * object, files that no channel needs are removed. A channel needs the files that were used since the beginning of
     * its previous epoch. In its first epoch in this process, it needs the files that were used within the last day. If
     * no file can be removed, the object is not kept. So if a channel is larger than the cache, the same part of the
     * channel is kept in all epochs, and after a restart. If several processes share the directory and the lengths of
     * their epochs differ greatly, they remove each other's files when the directory is full. In this case, give each
     * process its own directory.
     *
     * <p><b>Processes.</b> Any number of channels and processes of one user may share the directory if they use the
     * same bound. An object is written by only one of them at a time. A file gets its final name when it is complete.
     * It has a CRC32C for each block of 256 KiB, which is compared before the first byte of the block is emitted. A
     * process or the machine may be stopped at any moment without harm, because incomplete files are never read. The
     * directory must be on a local disk.
     *
     * <p><b>Objects that are kept.</b> An object is kept if it is read from its beginning to its end. Any verification
     * (see {@link S3ReadOptions#checksums}) takes place before the file is completed. With {@link Checksums#REQUIRE},
     * only verified objects are read from the disk. Reading from the disk may begin at any offset of an object. Values
     * of augmented manifests and objects without a strong ETag are not kept. Chunks are written before they are
     * emitted, so the disk limits the speed of the first epoch. Files are written and read on the subscription's
     * thread.
     *
     * <p><b>Errors.</b> The result of {@link #objects()} fails with {@link ObjectReadException} if the directory cannot
     * be created, written or locked, or if every user may write into it. If a file turns out to be damaged or removed,
     * the remaining bytes of the object are read from the store. A damaged file is removed. If the disk is full, or
     * another error occurs while an object is being written, no further objects of this epoch are kept, and a warning
     * is logged.
     *
     * @param directory the directory. If it does not exist, it is created with access for its owner only. Other files
     *     in this directory are left as they are
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
     * {@link ObjectBytes#ordinal()} is the object's index in this host's epoch, so a resume point requires the same
     * seed and the same share.
     *
     * <p><b>Listing.</b> The listing is read in pages of at most 1000 keys. The first page is requested when the first
     * object is requested. Each further page is requested after all objects of the previous page have been emitted and
     * another object is requested. One page is held in memory. The result fails with {@link ObjectReadException} if no
     * object exists (the prefix is probably wrong), if the bucket does not exist, if access is denied, or if the store
     * cannot be reached after the client's retries.
     *
     * <p>The listing ends only if the store states that it is complete ({@code IsTruncated} is false). If {@code
     * IsTruncated} is true but the page has no {@code NextContinuationToken}, the listing continues after the page's
     * last key. If a page cannot be correct, none of its objects are emitted, and the result fails with {@link
     * ObjectReadException}. A page cannot be correct if {@code IsTruncated} is missing, if a token repeats, if keys do
     * not ascend (by UTF-8 or by UTF-16) or do not begin with the prefix, if a size is missing, if 1000 consecutive
     * pages have no keys, or if a page has more than 16 MiB. A directory bucket may list keys in any order, see {@link
     * S3Channels#prefix(S3AsyncClient, String, S3ReadOptions)}.
     *
     * <p><b>Bytes.</b> The {@linkplain ObjectBytes#bytes() bytes} are fetched in parts by ranged GETs, several at a
     * time, across the boundaries of objects. They are kept in a window of this subscription, which opens when the
     * first chunk is requested. However slow the subscriber is, the window holds at most {@link
     * S3ReadOptions#windowBytes}. It begins with two parts, grows while the subscriber waits for bytes, and halves when
     * the store asks to slow down. Chunks of at most 256 KiB are emitted in order, as soon as they have arrived and are
     * requested. They belong to the subscriber.
     *
     * <p>Objects that are read in order, one after another, share this window. An object that is skipped is dropped
     * when a later object is read. Any other read gets its own window: a second read of an object, a read while another
     * read has not ended, a read from an offset of an object whose bytes were already fetched, and a read after the
     * subscription to the channel was cancelled. So {@code concatMap(ObjectBytes::bytes, 0)} keeps one window full,
     * whereas {@code flatMap} needs several windows.
     *
     * <p>For an object that is listed as empty, one byte is requested with If-Match. The read fails with {@link
     * ObjectReadException} if the object has a byte, or was replaced or deleted.
     *
     * <p><b>Errors.</b> If a GET breaks, the remaining bytes of its part are requested again after a random wait.
     * If-Match ensures that they are of the same version. See {@link S3ReadOptions#retries} and {@link
     * S3ReadOptions#noProgressTimeout}. The range, length and ETag of every response are checked. A store that ignores
     * ranges and sends whole objects is accepted if each object fits into one part. Weak ETags are compared, but not
     * sent as If-Match. A response without an ETag is accepted only if the object has none and fits into one part. If
     * an object has been changed or deleted since it was listed, or cannot be read, the read emits all bytes that
     * precede the failure, and then fails with {@link ObjectReadException}. A cancel aborts the GETs in progress.
     *
     * <p><b>Checksums.</b> Objects are compared with the checksums that the store states, see {@link
     * S3ReadOptions#checksums}. An object that fits into one part is requested as a whole, without a range. For a
     * larger object, a HEAD is sent together with the first GET.
     */
    public Flux<ObjectBytes> objects() {
        return EpochObjects.of(name, client, options, cache, list.inOrder(order));
    }

    /**
     * Lists the objects without reading them. The listing and its order are the same as those of {@link #objects()}.
     * {@link S3Channels#read} can read them, even in a different process. {@link ObjectRef#lastModified} is set only if
     * the channel reads a prefix in the order of its listing, and only if the store states the time. This method holds
     * one page in memory, and opens no window. The result fails with {@link IllegalStateException} for a channel of an
     * augmented manifest, because its values are not objects.
     */
    public Flux<ObjectRef> list() {
        return Guarded.map(list.inOrder(order), item -> {
            if (item instanceof S3ObjectRef object) {
                return new ObjectRef(object.name(), object.size(), object.etag(), object.lastModified());
            }
            throw new IllegalStateException(
                    "expected a channel of objects, but got " + item.name() + " in " + name + ": read objects()");
        });
    }

    /**
     * Returns the bytes of all objects, concatenated without a separator, as in a pipe. In all other respects, this
     * method behaves like {@link #objects()}. If you want to resume, decode {@link #objects()} instead. The resume
     * points of these bytes do not identify objects, so they cannot detect an object that has changed.
     */
    public Flux<ByteBuffer> bytes() {
        // the next object is requested only after the previous one has ended
        return Guarded.concatMap(CoreAccess.get().forBytes(objects()), ObjectBytes::bytes);
    }

    @Override
    public String toString() {
        return "S3Channel[" + name + ", " + order + "]";
    }
}
