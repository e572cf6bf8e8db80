package io.pipeflux.core.channel;

import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The regular files below a local directory as the objects of a channel, as a prefix of an object store would give
 * them. Immutable: each setter returns a new channel. Holds no state: each subscription lists and reads anew, so that
 * one epoch is one subscription.
 *
 * <p>Files come in the order of their paths' UTF-8 bytes below the directory, with {@code /} between names, at any
 * depth: the order in which S3 lists the same names as keys.
 *
 * <pre>
 *   data/a-b      before data/a/x, since - is less than /
 *   data/a/x
 *   data/a0
 * </pre>
 *
 * <p>Empty files are objects of no bytes. Left out are names that begin with a dot, with what is below them, and what
 * is neither file nor directory, such as a pipe. Symbolic links are followed, to files and to directories; one that
 * leads nowhere or back to a directory it stands in is an error.
 *
 * <p>Files are listed, opened and read on a daemon thread of each subscription, {@code pipeflux-} and the directory's
 * name, which its objects share; elements are emitted there. It is made at the first request and ends with the
 * subscription and the readings of its objects. A subscriber may block there: that holds up its own subscription only,
 * and while it blocks in one object, others of that subscription go on in a second thread.
 */
public final class DirectoryChannel {

    private final Path path;
    private final ChannelOrder order;
    private final boolean times;

    private DirectoryChannel(Path path, ChannelOrder order, boolean times) {
        this.path = path;
        this.order = order;
        this.times = times;
    }

    /**
     * The channel of a directory.
     *
     * @param path the directory, or a file, which is then the only one, whatever its name; is not looked at here
     */
    public static DirectoryChannel of(Path path) {
        return new DirectoryChannel(path.toAbsolutePath().normalize(), ChannelOrder.listed(), true);
    }

    /**
     * The files in another order in every epoch: that of {@link io.pipeflux.core.SeededPermutation} by the seed and the
     * epoch of the {@link io.pipeflux.core.Pass}. The whole list is held while an epoch is read: per file its path
     * below the directory and about 27 bytes. Comes before {@link #shard}, whichever is called first.
     *
     * @param seed any number; the same on all hosts that share the channel
     */
    public DirectoryChannel shuffle(long seed) {
        return new DirectoryChannel(path, order.shuffle(seed), times);
    }

    /**
     * One host's share of the files: file i of an epoch is of host i % count. A host may have none, which is no error.
     *
     * @param count how many hosts there are, at least 1
     * @param index which one this is, from 0 to count - 1
     */
    public DirectoryChannel shard(int count, int index) {
        return new DirectoryChannel(path, order.shard(count, index), times);
    }

    /**
     * The same files, of which resume points compare path and size, but not the time of modification: for directories
     * that are filled anew before each start, as SageMaker's File mode does. A file that was replaced by one of equal
     * size is then not noticed by a resume point. Defaults to comparing the time.
     */
    public DirectoryChannel ignoreModificationTimes() {
        return new DirectoryChannel(path, order, false);
    }

    /**
     * The files as objects; {@link ObjectBytes#key()} is {@code file://} and the absolute path, taken literally, and
     * {@link ObjectBytes#version()} the time of modification.
     *
     * <p>Directories are listed as files of them are asked for: the names of one directory per level are held. It fails
     * with {@link ObjectReadException} if there is no such directory, no file in it, or if something cannot be read.
     *
     * <p>The {@linkplain ObjectBytes#bytes() bytes} of a file are read when they are asked for, a chunk of 256 KiB per
     * element of demand and nothing ahead. A file whose length or time of modification is no longer the listed one
     * fails with {@link ObjectReadException}, at its beginning or its end. The file is closed at its end, on an error
     * and on cancel.
     */
    public Flux<ObjectBytes> objects() {
        return Flux.deferContextual(context -> {
            PipelineReporter.current(context).beginEpoch(Pass.current(context).epoch(), ObjectBytes.UNKNOWN_SIZE);
            Path name = path.getFileName();
            ChannelThread thread = new ChannelThread(name == null ? path.toString() : name.toString());
            Flux<FileRef> files = FileWalk.of(path, thread).switchIfEmpty(Mono.error(this::noFile));
            // guarded: the thread would be held for ever if the subscriber threw from onComplete
            return Guarded.of(FileThread.held(thread, order.apply(files, FileRef.packing(path, times), PlacedFile::new))
                    .index((ordinal, placed) -> object(ordinal, placed, thread)));
        });
    }

    private record PlacedFile(FileRef file, ListOrigin place) {}

    private ObjectBytes object(long ordinal, PlacedFile placed, ChannelThread thread) {
        FileRef file = placed.file;
        return ObjectBytes.of(file.key(), ordinal, file.size(), null, from -> FileReading.bytes(file, from, thread))
                .withVersion(times ? "modified " + file.modifiedAt() : null)
                .withListOrigin(placed.place);
    }

    /**
     * The bytes of all files, one after the other with nothing between them: as {@link #objects()} in everything else.
     * Who resumes decodes {@link #objects()}: resume points of these bytes do not know the files, and compare none.
     */
    public Flux<ByteBuffer> bytes() {
        return Guarded.concatMap(objects(), ObjectBytes::bytes); // no file is opened before the one before it has ended
    }

    private ObjectReadException noFile() {
        return ObjectReadException.of(
                "no file in the directory: a channel needs at least one, whose name does not begin with a dot",
                "file://" + path,
                null,
                null);
    }

    @Override
    public String toString() {
        return "DirectoryChannel[" + path + ", " + order + "]";
    }
}
