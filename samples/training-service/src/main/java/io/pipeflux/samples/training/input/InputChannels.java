package io.pipeflux.samples.training.input;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.Formats;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;

/**
 * The channels of a job, in any input mode. Each subscription to a channel is one epoch.
 *
 * <pre>
 *   Pipe            DIR/input/data/train_0, then train_1, ...
 *   File, FastFile  all files under DIR/input/data/train in every epoch
 * </pre>
 */
public final class InputChannels {

    private final Path data;
    private final PipeChannels pipes;
    private final Map<String, InputMode> modes;
    private final Set<String> shares;
    private final AtomicLong bytesRead = new AtomicLong();

    private InputChannels(Path mlRoot, Map<String, InputMode> modes, Set<String> shares) {
        this.data = mlRoot.resolve("input/data");
        this.pipes = PipeChannels.create(PipeOptions.mlRoot(mlRoot));
        this.modes = modes;
        this.shares = shares;
    }

    /**
     * Returns the channels of a directory with the layout of {@code /opt/ml}.
     *
     * @param modes the names of the channels and their modes
     */
    public static InputChannels of(Path mlRoot, Map<String, InputMode> modes) {
        return of(mlRoot, modes, Set.of());
    }

    /**
     * Returns the channels of a directory with the layout of {@code /opt/ml}.
     *
     * @param modes the names of the channels and their modes
     * @param shares the names of the channels that several hosts share. This host's share of such a channel may be
     *     empty
     */
    public static InputChannels of(Path mlRoot, Map<String, InputMode> modes, Set<String> shares) {
        return new InputChannels(mlRoot, new TreeMap<>(modes), Set.copyOf(shares));
    }

    /** Returns whether this host reads only a share of a channel. The share may be empty. */
    public boolean isShare(String channel) {
        return shares.contains(channel);
    }

    /** Returns the channels' names. */
    public Set<String> names() {
        return Set.copyOf(modes.keySet());
    }

    /**
     * Returns a channel's mode.
     *
     * @throws IllegalArgumentException if there is no such channel
     */
    public InputMode mode(String channel) {
        InputMode mode = modes.get(channel);
        if (mode == null) {
            throw new IllegalArgumentException(
                    "expected a channel \"" + channel + "\", but the job has " + modes.keySet());
        }
        return mode;
    }

    /**
     * Returns a channel's records. If the channel consists of files, each file must end after a complete record, and
     * each record's position contains the name of its file.
     */
    public Flux<RawRecord> records(String channel, FrameFormat<RawRecord> format) {
        return mode(channel) == InputMode.PIPE
                ? bytes(channel).transform(format.decode())
                : objects(channel).transform(format.decodeObjects());
    }

    /**
     * Returns a channel's records, except the records in hidden files. Use this method if the format was detected from
     * {@link #dataObjects}.
     */
    public Flux<RawRecord> dataRecords(String channel, FrameFormat<RawRecord> format) {
        return mode(channel) == InputMode.PIPE
                ? records(channel, format)
                : dataObjects(channel).transform(format.decodeObjects());
    }

    /** Returns a channel's bytes. */
    public Flux<ByteBuffer> bytes(String channel) {
        return mode(channel) == InputMode.PIPE
                ? pipes.channel(channel).doOnNext(this::count)
                : objects(channel).concatMap(ObjectBytes::bytes, 0);
    }

    /**
     * Returns a channel's files, sorted by name.
     *
     * @throws IllegalStateException if the channel consists of pipes
     */
    public Flux<ObjectBytes> objects(String channel) {
        return files(channel, isShare(channel)).map(this::counted);
    }

    /** Returns a channel's files except hidden files such as {@code _SUCCESS}. See {@link Formats#dataObjects}. */
    public Flux<ObjectBytes> dataObjects(String channel) {
        return objects(channel).transform(Formats.dataObjects(folder(channel)));
    }

    /**
     * Returns a channel's files, for a description of the channel. Unlike {@link #objects}, this method always accepts
     * a channel that has no files, because the job may not need the channel's records.
     */
    public Flux<ObjectBytes> listing(String channel) {
        return files(channel, true);
    }

    private Flux<ObjectBytes> files(String channel, boolean mayBeEmpty) {
        if (mode(channel) == InputMode.PIPE) {
            throw new IllegalStateException("channel \"" + channel + "\" comes in pipes: it has no files");
        }
        Path directory = data.resolve(channel);
        DirectoryChannel files =
                // modification times are ignored, because a restarted job has new copies of its files
                DirectoryChannel.of(directory).ignoreModificationTimes();
        return mayBeEmpty
                ? Flux.defer(() -> Files.notExists(directory) // if no object was copied, the directory does not exist
                        ? Flux.empty()
                        : files.mayBeEmpty().objects())
                : files.objects();
    }

    /**
     * Returns the URI of a channel's directory, with a slash at the end. The key of each of the channel's files begins
     * with this URI.
     */
    public String folder(String channel) {
        return "file://" + data.resolve(channel).toAbsolutePath().normalize() + "/";
    }

    /** Returns the total number of bytes that have been read from all channels so far. */
    public long bytesRead() {
        return bytesRead.get();
    }

    private ObjectBytes counted(ObjectBytes file) {
        return file.withBytes(file.size(), from -> file.bytes(from).doOnNext(this::count));
    }

    private void count(ByteBuffer chunk) {
        bytesRead.addAndGet(chunk.remaining());
    }

    /** Returns the channels and their modes. */
    @Override
    public String toString() {
        return modes.toString();
    }
}
