package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads an augmented manifest on the local disk, as {@link S3Channels#augmentedManifest} reads one in S3. Its
 * references name local files. Instances are immutable: each setter returns a changed copy.
 *
 * <pre>
 *   {"image-ref": "file:images/1.jpg", "class": 1}       relative to the manifest's directory
 *   {"image-ref": "file:///data/2.jpg", "class": 0}      not percent-encoded, like all names in Pipeflux
 * </pre>
 */
public final class LocalManifestChannel {

    private static final String FILE = "file:";

    private final Path manifest;
    private final List<String> attributes;
    private final ChannelOrder order;

    private LocalManifestChannel(Path manifest, List<String> attributes, ChannelOrder order) {
        this.manifest = manifest;
        this.attributes = attributes;
        this.order = order;
    }

    /**
     * Returns the channel of a manifest. This method does not read the manifest.
     *
     * @param manifest the file with a JSON object in each line
     * @param attributeNames at least one name, all of them different. An attribute whose name ends in {@code -ref} is a
     *     reference
     */
    public static LocalManifestChannel of(Path manifest, List<String> attributeNames) {
        return new LocalManifestChannel(
                manifest.toAbsolutePath().normalize(),
                AugmentedLine.requireNames(attributeNames),
                ChannelOrder.listed());
    }

    /**
     * Returns a copy of this channel that shuffles the lines, differently in each epoch. The lines are held in memory
     * while an epoch is read.
     *
     * @param seed any number. It must be the same on all hosts that share the channel
     */
    public LocalManifestChannel shuffle(long seed) {
        return new LocalManifestChannel(manifest, attributes, order.shuffle(seed));
    }

    /**
     * Returns a copy of this channel that reads only one host's share of the lines.
     *
     * @param count the number of hosts, at least 1
     * @param index the number of this host, from 0 to count - 1
     */
    public LocalManifestChannel shard(int count, int index) {
        return new LocalManifestChannel(manifest, attributes, order.shard(count, index));
    }

    /**
     * Returns the attributes of all lines, each as one object. They are in the order of the lines, and within a line in
     * the order of the names. The bytes of a reference are the bytes of its file. The file's size and modification time
     * are looked up when the object is requested. Files before a resume point are not looked up.
     *
     * <p>The result fails with {@link ObjectReadException} if the manifest has no line, or if the manifest or a
     * referenced file cannot be read, is not a file, or changes. It fails with {@link
     * io.pipeflux.core.CorruptRecordException} if a line is invalid.
     */
    public Flux<ObjectBytes> objects() {
        String name = FILE + "//" + manifest;
        FrameFormat<AugmentedLine> format =
                AugmentedManifestDecoder.format(name, new AttributeParser(attributes, true));
        return Guarded.deferContextual(context -> {
            ResumePoint start = Pass.current(context).start();
            long first = start == null ? 0 : start.position().objectOrdinal();
            Flux<AugmentedLine> lines = file(manifest)
                    .flux()
                    .transform(format.decodeObjects())
                    .contextWrite(Manifest::fromItsBeginning)
                    .switchIfEmpty(Mono.error(() -> CoreAccess.exception(
                            ObjectReadException.class,
                            ErrorKind.NO_OBJECTS,
                            "the manifest lists nothing: a channel needs at least one object",
                            name,
                            null,
                            null)));
            Flux<Attribute> all = Guarded.concatMap(
                    order.apply(lines, new AugmentedLine.LinePacking(attributes.size()), this::attributes),
                    Flux::fromIterable);
            Pass pass = Pass.current(context);
            EpochSize size = PipelineReporter.current(context).beginEpoch(pass.epoch(), pass.startPosition());
            return Guarded.concatMap(
                            all.index((ordinal, attribute) -> attribute.object(ordinal, ordinal < first)),
                            object -> object)
                    .doOnNext(object -> size.add(object.size()))
                    .doOnComplete(size::end)
                    // the size is closed before the terminal signal is emitted, because this signal may cause the
                    // subscriber to begin the next epoch
                    .doOnTerminate(size::close)
                    .doFinally(any -> size.close())
                    .contextWrite(inner -> inner.put(EpochSize.class, size));
        });
    }

    private List<Attribute> attributes(AugmentedLine line, ListOrigin origin) {
        return IntStream.range(0, attributes.size())
                .mapToObj(i -> new Attribute(
                        attributes.get(i), line.number(), line.values().get(i), origin))
                .toList();
    }

    /** Returns the file at a path as an object. A directory is an error, even if it contains files. */
    private static Mono<ObjectBytes> file(Path path) {
        String key = FILE + "//" + path;
        return DirectoryChannel.of(path)
                .objects()
                .next()
                .map(file -> {
                    if (!file.key().equals(key)) {
                        throw CoreAccess.exception(
                                ObjectReadException.class,
                                ErrorKind.FILE_NOT_READ,
                                "expected a file, but got a directory",
                                key,
                                null,
                                null);
                    }
                    return file;
                })
                // without the monitor, because it would count the reading of a single file as an epoch
                .contextWrite(context -> context.delete(PipelineMonitor.class));
    }

    private final class Attribute {

        private final String name;
        private final long line;
        private final byte[] value;
        private final ListOrigin origin;

        Attribute(String name, long line, byte[] value, ListOrigin origin) {
            this.name = name;
            this.line = line;
            this.value = value;
            this.origin = origin;
        }

        Mono<ObjectBytes> object(long ordinal, boolean beforeStart) {
            if (!AugmentedLine.isReference(name)) {
                String key = FILE + "//" + manifest + " line " + line + " " + name;
                return Mono.just(ObjectBytes.of(key, ordinal, value.length, null, this::inline)
                        .withListOrigin(origin));
            }
            String uri = new String(value, UTF_8).substring(FILE.length());
            Path path = manifest.resolveSibling(uri.startsWith("//") ? uri.substring(2) : uri)
                    .normalize();
            return beforeStart
                    ? Mono.just(ObjectBytes.of(
                                    FILE + "//" + path,
                                    ordinal,
                                    ObjectBytes.UNKNOWN_SIZE,
                                    null,
                                    from -> file(path).flatMapMany(file -> file.bytes(from)))
                            .withListOrigin(origin))
                    : file(path)
                            .map(file -> ObjectBytes.of(file.key(), ordinal, file.size(), null, file::bytes)
                                    .withVersion(file.version())
                                    .withListOrigin(origin));
        }

        private Flux<ByteBuffer> inline(long from) {
            return Flux.defer(() -> from == value.length
                    ? Flux.empty()
                    : Flux.just(ByteBuffer.wrap(value, (int) from, value.length - (int) from)
                            .slice()));
        }
    }

    @Override
    public String toString() {
        return "LocalManifestChannel[" + manifest + " " + attributes + ", " + order + "]";
    }
}
