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
 * Reads the regular files of a local directory and its subdirectories as the objects of a channel, in the same way that
 * an S3 channel reads the objects of a prefix. Instances are immutable and hold no state: each setter returns a new
 * channel. Each subscription lists and reads the files again, so one epoch is one subscription.
 *
 * <p>The files of all subdirectories are ordered by the UTF-8 bytes of their paths relative to the directory, with
 * {@code /} between names. If these paths are keys in S3, S3 lists them in the same order.
 *
 * <pre>
 *   data/a-b      before data/a/x, because '-' is less than '/'
 *   data/a/x
 *   data/a0
 * </pre>
 *
 * <p>An empty file is an object without bytes. Files and directories whose name begins with a dot are ignored,
 * including everything in such a directory. Anything that is neither a file nor a directory, such as a pipe, is
 * ignored, too. Symbolic links to files and directories are followed. It is an error if the target of a link does not
 * exist, or if a link leads to a directory that contains the link.
 *
 * <p>Each subscription has a daemon thread, whose name is {@code pipeflux-} followed by the directory's name. This
 * thread lists, opens and reads the files, and emits all elements of the subscription and of its objects. The thread is
 * created at the first request. It ends when the subscription and all reads of its objects have ended. A subscriber may
 * block the thread without affecting other subscriptions. While a subscriber of one object blocks this thread, a second
 * thread serves the other objects.
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
     * @param path the directory. It may also be a file. This file is then the channel's only object, even if its name
     *     begins with a dot
     */
    public static DirectoryChannel of(Path path) {
        return new DirectoryChannel(path.toAbsolutePath().normalize(), ChannelOrder.listed(), true, false);
    }

    /**
     * Returns a copy of this channel that shuffles the files, differently in each epoch. The order is the {@link
     * io.pipeflux.core.SeededPermutation} that the seed and the epoch of the {@link io.pipeflux.core.Pass} determine.
     * The files are shuffled before they are {@linkplain #shard shared among hosts}. The order in which the two methods
     * are called does not matter. The whole list is held in memory while an epoch is read. Each file takes the size of
     * its relative path plus about 27 bytes.
     *
     * @param seed any number; it must be the same on all hosts that share the channel
     */
    public DirectoryChannel shuffle(long seed) {
        return new DirectoryChannel(path, order.shuffle(seed), times, mayBeEmpty);
    }

    /**
     * Returns a copy of this channel that reads only one host's share of the files. File i of an epoch is read by host
     * i % count. If a host's share has no file, the host's channel is empty. This is not an error.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public DirectoryChannel shard(int count, int index) {
        return new DirectoryChannel(path, order.shard(count, index), times, mayBeEmpty);
    }

    /**
     * Returns a copy of this channel that reads only one host's share of the files. All shares have about the same
     * number of bytes, see {@link ChannelOrder#shardByBytes}. The whole list is held in memory while an epoch is read.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public DirectoryChannel shardByBytes(int count, int index) {
        return new DirectoryChannel(path, order.shardByBytes(count, index), times, mayBeEmpty);
    }

    /**
     * Returns the number of files and bytes that each host reads in the first epoch. The directory is listed on a
     * separate thread.
     */
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
     * Returns a copy of this channel whose resume points compare the path and size of the files, but not their
     * modification time. Use this method for a directory that is filled again before each start, as in SageMaker's File
     * mode. With this option, a resume point does not detect that a file was replaced by a different file of the same
     * size. By default, the modification time is compared.
     */
    public DirectoryChannel ignoreModificationTimes() {
        return new DirectoryChannel(path, order, false, mayBeEmpty);
    }

    /**
     * Returns a copy of this channel that is empty if its directory has no file. Use this method for a directory that
     * contains only this host's share, because a share may be empty. SageMaker's File mode fills such directories for
     * {@code S3DistributionType} {@code ShardedByS3Key}. By default, it is an error if the directory has no file. It is
     * always an error if the directory does not exist.
     */
    public DirectoryChannel mayBeEmpty() {
        return new DirectoryChannel(path, order, times, true);
    }

    /**
     * Returns the files as objects. {@link ObjectBytes#key()} is {@code file://} followed by the absolute path, without
     * any escapes. {@link ObjectBytes#version()} is the modification time.
     *
     * <p>A directory is listed when its first file is requested. Only the names in the directories on the path to the
     * current file are held in memory, unless the channel is {@linkplain #shuffle shuffled}. The result fails with
     * {@link ObjectReadException} if the directory does not exist, if it has no file (but see {@link #mayBeEmpty}), or
     * if a file or directory could not be read.
     *
     * <p>The {@linkplain ObjectBytes#bytes() bytes} of a file are read on demand: one chunk of 256 KiB per requested
     * element. Nothing is read ahead. Reading fails with {@link ObjectReadException} if the file's length or
     * modification time differs from the value in the list. This is checked before the first chunk and after the last
     * one. The file is closed at its end, after an error, and after a cancel.
     */
    public Flux<ObjectBytes> objects() {
        return Flux.deferContextual(context -> {
            Pass pass = Pass.current(context);
            EpochSize size = PipelineReporter.current(context).beginEpoch(pass.epoch(), pass.startPosition());
            ChannelThread thread = new ChannelThread(threadName());
            ChunkMemory memory = new ChunkMemory();
            Flux<FileRef> files =
                    FileWalk.of(path, thread).switchIfEmpty(mayBeEmpty ? Mono.empty() : Mono.error(this::noFile));
            // Without Guarded, the thread would never end if the subscriber threw an exception from onComplete.
            return Guarded.of(FileThread.held(thread, order.apply(files, FileRef.packing(path, times), ListedFile::new))
                    .index((ordinal, listed) -> {
                        size.add(listed.file.size());
                        return object(ordinal, listed, thread, memory);
                    })
                    .doOnComplete(size::end)
                    // runs before the terminal signal is emitted, because that signal may start the next epoch
                    .doOnTerminate(size::close)
                    .doFinally(any -> size.close())
                    .contextWrite(inner -> inner.put(EpochSize.class, size)));
        });
    }

    /**
     * Lists the files without reading them, in the order of {@link #objects()}. {@link #read} reads the listed files,
     * even in a different process that has the same directory.
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
     * Reads files that {@link #list} has listed, in the given order. Each file becomes an object with the properties
     * that {@link #objects()} describes. The references are requested one at a time. Each subscription has its own
     * daemon thread, named {@code pipeflux-files}.
     *
     * @param files the files, which may be from different directories
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
     * Returns the bytes of all files, concatenated without a separator. In all other respects, this method behaves like
     * {@link #objects()}. If you need to resume, decode {@link #objects()} instead. The resume points of these bytes do
     * not identify files, so they cannot detect that a file has changed.
     */
    public Flux<ByteBuffer> bytes() {
        // the next object is requested, and its file opened, only after the previous one has ended
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
