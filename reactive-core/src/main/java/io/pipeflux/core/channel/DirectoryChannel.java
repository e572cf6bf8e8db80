package io.pipeflux.core.channel;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.ChunkMemory;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.FileThread;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads the regular files of a local directory and its subdirectories as the objects of a channel, as an S3 channel
 * reads the objects of a prefix. Immutable: each setter returns a new channel. It holds no state: each subscription
 * lists and reads the files anew, so one epoch is one subscription.
 *
 * <p>The files of all subdirectories are ordered by the UTF-8 bytes of their paths relative to the directory, with
 * {@code /} between names. S3 lists the same names in the same order if they are keys.
 *
 * <pre>
 *   data/a-b      before data/a/x, since - is less than /
 *   data/a/x
 *   data/a0
 * </pre>
 *
 * <p>An empty file is an object without bytes. Files and directories whose name begins with a dot are ignored, and so
 * is everything in such a directory. Anything that is neither a file nor a directory, such as a pipe, is ignored, too.
 * Symbolic links to files and directories are followed. A link whose target does not exist is an error, and so is a
 * link to a directory that contains the link.
 *
 * <p>Each subscription has a daemon thread, named {@code pipeflux-} and the directory's name. The subscription and all
 * its objects list, open and read files on it, and emit their elements on it. The thread is created at the first
 * request, and ends when the subscription and all reads of its objects have ended. A subscriber may block the thread,
 * which affects no other subscription. While it blocks in one object, a second thread serves the other objects.
 */
public final class DirectoryChannel {

    private final Path path;
    private final ChannelOrder order;
    private final boolean times;
    private final boolean mayBeEmpty;

    private DirectoryChannel(Path path, ChannelOrder order, boolean times, boolean mayBeEmpty) {
        this.path = path;
        this.order = order;
        this.times = times;
        this.mayBeEmpty = mayBeEmpty;
    }

    /**
     * Returns the channel of a directory. This method does not access the directory.
     *
     * @param path the directory; or a file, which is then the channel's only object, even if its name begins with a dot
     */
    public static DirectoryChannel of(Path path) {
        return new DirectoryChannel(path.toAbsolutePath().normalize(), ChannelOrder.listed(), true, false);
    }

    /**
     * Returns a channel that shuffles the files, differently in each epoch. The order is that of
     * {@link io.pipeflux.core.SeededPermutation} for the seed and the epoch of the {@link io.pipeflux.core.Pass}. The
     * files are shuffled before they are {@linkplain #shard shared among hosts}, whichever method is called first. The
     * whole list is held in memory while an epoch is read: for each file, its path relative to the directory and about
     * 27 bytes.
     *
     * @param seed any number; it must be the same on all hosts that share the channel
     */
    public DirectoryChannel shuffle(long seed) {
        return new DirectoryChannel(path, order.shuffle(seed), times, mayBeEmpty);
    }

    /**
     * Returns a channel of one host's share of the files: file i of an epoch is read by host i % count. A host without
     * any file gets an empty channel, not an error.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public DirectoryChannel shard(int count, int index) {
        return new DirectoryChannel(path, order.shard(count, index), times, mayBeEmpty);
    }

    /**
     * Returns a channel of one host's share of the files, such that all hosts have about as many bytes, see
     * {@link ChannelOrder#shardByBytes}. The whole list is held in memory while an epoch is read.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public DirectoryChannel shardByBytes(int count, int index) {
        return new DirectoryChannel(path, order.shardByBytes(count, index), times, mayBeEmpty);
    }

    /** Returns what each host reads in the first epoch. It lists the directory, on a thread of its own. */
    public Mono<ChannelSplit> split() {
        return Mono.defer(() -> {
            ChannelThread thread = new ChannelThread("split");
            Flux<FileRef> files = FileThread.held(thread, FileWalk.of(path, thread));
            return order.split(
                    files.switchIfEmpty(mayBeEmpty ? Mono.empty() : Mono.error(this::noFile)),
                    FileRef.packing(path, times));
        });
    }

    /**
     * Returns a channel whose resume points compare the path and size of the files, but not their time of modification.
     * Use it for a directory that is filled anew before each start, as in SageMaker's File mode. A resume point then
     * does not detect a file that was replaced by another one of equal size. By default, the time is compared.
     */
    public DirectoryChannel ignoreModificationTimes() {
        return new DirectoryChannel(path, order, false, mayBeEmpty);
    }

    /**
     * Returns a channel that is empty if its directory has no file. Use it for a directory that was filled with a
     * share, as SageMaker's File mode does for {@code S3DistributionType} {@code ShardedByS3Key}: a share may be empty.
     * By default, a directory without a file is an error, and a directory that does not exist always is.
     */
    public DirectoryChannel mayBeEmpty() {
        return new DirectoryChannel(path, order, times, true);
    }

    /**
     * Returns the files as objects. {@link ObjectBytes#key()} is {@code file://} and the absolute path without any
     * escapes, and {@link ObjectBytes#version()} is the time of modification.
     *
     * <p>A directory is listed when its first file is requested. Only the names of the directories on the path to the
     * current file are held in memory, unless the channel is {@linkplain #shuffle shuffled}. The result fails with
     * {@link ObjectReadException} if the directory does not exist, has no file (but see {@link #mayBeEmpty}), or if a
     * file or directory could not be read.
     *
     * <p>The {@linkplain ObjectBytes#bytes() bytes} of a file are read on demand: one chunk of 256 KiB per requested
     * element, and nothing ahead. They fail with {@link ObjectReadException} if the file's length or time of
     * modification differs from the listed one, before the first chunk or after the last one. The file is closed at its
     * end, on an error and on cancel.
     */
    public Flux<ObjectBytes> objects() {
        return Flux.deferContextual(context -> {
            Pass pass = Pass.current(context);
            EpochSize size = PipelineReporter.current(context).beginEpoch(pass.epoch(), pass.startPosition());
            ChannelThread thread = new ChannelThread(threadName());
            ChunkMemory memory = new ChunkMemory();
            Flux<FileRef> files =
                    FileWalk.of(path, thread).switchIfEmpty(mayBeEmpty ? Mono.empty() : Mono.error(this::noFile));
            // guarded: otherwise the thread would never end if the subscriber threw from onComplete
            return Guarded.of(FileThread.held(thread, order.apply(files, FileRef.packing(path, times), ListedFile::new))
                    .index((ordinal, listed) -> {
                        size.add(listed.file.size());
                        return object(ordinal, listed, thread, memory);
                    })
                    .doOnComplete(size::end)
                    .doOnTerminate(size::close) // before the end is emitted, which may begin the next epoch
                    .doFinally(any -> size.close())
                    .contextWrite(inner -> inner.put(EpochSize.class, size)));
        });
    }

    /**
     * Lists the files without reading them, in the order of {@link #objects()}. {@link #read} reads them, also in
     * another process that has the same directory.
     */
    public Flux<ObjectRef> list() {
        return Flux.defer(() -> {
            ChannelThread thread = new ChannelThread(threadName());
            Flux<FileRef> files =
                    FileWalk.of(path, thread).switchIfEmpty(mayBeEmpty ? Mono.empty() : Mono.error(this::noFile));
            return Guarded.of(FileThread.held(thread, order.apply(files, FileRef.packing(path, times)))
                    .map(file -> file.ref(times)));
        });
    }

    /**
     * Reads files that {@link #list} listed, in the given order. Each is an object, with the properties that
     * {@link #objects()} describes. The references are requested one at a time. The subscription's thread is named
     * {@code pipeflux-files}.
     *
     * @param files the files, from any directories
     */
    public static Flux<ObjectBytes> read(Flux<ObjectRef> files) {
        return Flux.defer(() -> {
            ChannelThread thread = new ChannelThread("files");
            ChunkMemory memory = new ChunkMemory();
            return Guarded.of(FileThread.held(thread, files)
                    .index((ordinal, file) -> ObjectBytes.of(
                                    file.key(),
                                    ordinal,
                                    file.size(),
                                    null,
                                    from -> FileReading.bytes(() -> FileRef.of(file), from, thread, memory))
                            .withVersion(file.version())));
        });
    }

    private String threadName() {
        Path name = path.getFileName();
        return name == null ? path.toString() : name.toString();
    }

    private record ListedFile(FileRef file, ListOrigin origin) {}

    private ObjectBytes object(long ordinal, ListedFile listed, ChannelThread thread, ChunkMemory memory) {
        FileRef file = listed.file;
        return ObjectBytes.of(
                        file.key(),
                        ordinal,
                        file.size(),
                        null,
                        from -> FileReading.bytes(() -> file, from, thread, memory))
                .withVersion(times ? file.version() : null)
                .withListOrigin(listed.origin);
    }

    /**
     * Returns the bytes of all files, concatenated without a separator. In everything else it equals
     * {@link #objects()}. To resume, decode {@link #objects()} instead: the resume points of these bytes do not
     * identify files, and so cannot detect a changed one.
     */
    public Flux<ByteBuffer> bytes() {
        // an object is requested, and its file opened, only after the previous one has ended
        return Guarded.concatMap(CoreAccess.get().forBytes(objects()), ObjectBytes::bytes);
    }

    private ObjectReadException noFile() {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.NO_OBJECTS,
                "expected at least one file whose name does not begin with a dot, but the directory has none",
                "file://" + path,
                null,
                null);
    }

    @Override
    public String toString() {
        return "DirectoryChannel[" + path + ", " + order + "]";
    }
}
