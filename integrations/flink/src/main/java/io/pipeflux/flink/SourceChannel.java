package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3ReadOptions;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Describes the objects that a {@link PipefluxSource} reads. It consists of names and factories only, because it is
 * sent to the job manager and the task managers. The job manager opens it to list the objects, and each subtask opens
 * it to read objects. Immutable.
 *
 * <pre>{@code
 * SourceChannel.s3Prefix("s3://bucket/train/", () -> S3AsyncClient.builder()
 *         .httpClientBuilder(ReactorNettyHttpClient.builder()).build()).shuffle(42)
 * }</pre>
 */
public final class SourceChannel implements Serializable {

    private static final long serialVersionUID = 1;

    /** Opens the channel in this process. */
    @FunctionalInterface
    interface Opener extends Serializable {
        OpenChannel open();
    }

    private final String name;
    private final Opener opener;
    private final @Nullable Long seed;

    SourceChannel(String name, Opener opener, @Nullable Long seed) {
        this.name = name;
        this.opener = opener;
        this.seed = seed;
    }

    /**
     * Returns a channel of the files of a directory and its subdirectories, in the order that {@link DirectoryChannel}
     * describes. All task managers and the job manager must see the same directory.
     *
     * @param path the directory's absolute path
     */
    public static SourceChannel directory(String path) {
        Objects.requireNonNull(path, "path");
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException(
                    "expected the absolute path of a directory, such as /data/train, but got \"" + path + "\"");
        }
        return new SourceChannel("file://" + path, () -> new Directory(path), null);
    }

    /**
     * Returns a channel of all objects whose keys begin with a prefix, read with {@link S3ReadOptions#defaults()}.
     *
     * @see #s3Prefix(String, SerializableSupplier, SerializableSupplier)
     */
    public static SourceChannel s3Prefix(String uri, SerializableSupplier<S3AsyncClient> client) {
        return s3Prefix(uri, client, S3ReadOptions::defaults);
    }

    /**
     * Returns a channel of all objects whose keys begin with a prefix, as {@link S3Channels#prefix} does.
     *
     * @param uri {@code s3://bucket/prefix}
     * @param client creates the S3 client. It is called once in the job manager and once in each subtask, and each of
     *     them closes its own client. The factory is sent with the job, so it should not contain credentials; leave
     *     them to the client's credentials provider
     * @param options creates the options, in each subtask. The window of these options is the window of one subtask,
     *     not of the job
     */
    public static SourceChannel s3Prefix(
            String uri, SerializableSupplier<S3AsyncClient> client, SerializableSupplier<S3ReadOptions> options) {
        Objects.requireNonNull(uri, "uri");
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(options, "options");
        return new SourceChannel(
                uri,
                () -> {
                    S3AsyncClient opened = Clients.create(client);
                    S3ReadOptions how = options.get();
                    return new InS3(opened, how, S3Channels.prefix(opened, uri, how));
                },
                null);
    }

    /**
     * Returns a channel of the objects that a manifest lists, read with {@link S3ReadOptions#defaults()}.
     *
     * @see #s3Manifest(String, SerializableSupplier, SerializableSupplier)
     */
    public static SourceChannel s3Manifest(String uri, SerializableSupplier<S3AsyncClient> client) {
        return s3Manifest(uri, client, S3ReadOptions::defaults);
    }

    /**
     * Returns a channel of the objects that a manifest lists, as {@link S3Channels#manifest} does.
     *
     * @param uri the manifest's location, {@code s3://bucket/key}
     * @param client creates the S3 client. It is called once in the job manager and once in each subtask, and each of
     *     them closes its own client
     * @param options creates the options, in each subtask. The window of these options is the window of one subtask,
     *     not of the job
     */
    public static SourceChannel s3Manifest(
            String uri, SerializableSupplier<S3AsyncClient> client, SerializableSupplier<S3ReadOptions> options) {
        Objects.requireNonNull(uri, "uri");
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(options, "options");
        return new SourceChannel(
                "manifest " + uri,
                () -> {
                    S3AsyncClient opened = Clients.create(client);
                    S3ReadOptions how = options.get();
                    return new InS3(opened, how, S3Channels.manifest(opened, uri, how));
                },
                null);
    }

    /**
     * Returns a copy of this channel that hands out its objects in a different order in each epoch. The order is one
     * {@link io.pipeflux.core.SeededPermutation} for all subtasks together. With a shuffle, the job manager holds the
     * packed list of an epoch in memory. In this list, an object takes about 36 bytes plus the length of its key
     * without the prefix.
     *
     * @param seed any number
     */
    public SourceChannel shuffle(long seed) {
        return new SourceChannel(name, opener, seed);
    }

    OpenChannel open() {
        return opener.open();
    }

    @Nullable
    Long seed() {
        return seed;
    }

    /**
     * Returns the name of the index that {@code DatasetWriter} writes for an object. Returns null if the object is not
     * in a folder, because {@code DatasetWriter} writes only into folders.
     *
     * @param root the common prefix of the names of all objects in the store, such as {@code s3://bucket}
     */
    private static @Nullable String indexName(ObjectRef object, String root) {
        int slash = object.key().lastIndexOf('/');
        return slash <= root.length()
                ? null
                : object.key().substring(0, slash) + ".index" + object.key().substring(slash) + ".json";
    }

    /** Returns the channel's name for messages. */
    @Override
    public String toString() {
        return seed == null ? name : name + " shuffled by seed " + seed;
    }

    private record Directory(String path) implements OpenChannel {

        @Override
        public Flux<ObjectRef> list(@Nullable Long seed) {
            DirectoryChannel files = DirectoryChannel.of(Path.of(path)).mayBeEmpty();
            return (seed == null ? files : files.shuffle(seed)).list();
        }

        @Override
        public Flux<ObjectBytes> read(Flux<ObjectRef> objects) {
            return DirectoryChannel.read(objects);
        }

        @Override
        public Flux<ObjectBytes> read(ObjectRef object, long end) {
            return read(Flux.just(object));
        }

        @Override
        public Mono<ObjectBytes> index(ObjectRef object) {
            String key = indexName(object, "file://");
            if (key == null) {
                return Mono.empty();
            }
            Path file = Path.of(key.substring("file://".length()));
            return Flux.defer(() -> {
                        try {
                            return Files.exists(file)
                                    ? DirectoryChannel.read(Flux.just(new ObjectRef(key, Files.size(file), null)))
                                    : Flux.empty();
                        } catch (IOException e) {
                            return Flux.error(e);
                        }
                    })
                    .singleOrEmpty();
        }

        @Override
        public void close() {}
    }

    private record InS3(S3AsyncClient client, S3ReadOptions options, S3Channel channel) implements OpenChannel {

        @Override
        public Flux<ObjectRef> list(@Nullable Long seed) {
            return (seed == null ? channel : channel.shuffle(seed)).list();
        }

        @Override
        public Flux<ObjectBytes> read(Flux<ObjectRef> objects) {
            return S3Channels.read(client, objects, options);
        }

        @Override
        public Flux<ObjectBytes> read(ObjectRef object, long end) {
            return Flux.just(S3Channels.range(client, object, end, options));
        }

        @Override
        public Mono<ObjectBytes> index(ObjectRef object) {
            String bucket = object.key().substring(0, object.key().indexOf('/', "s3://".length()));
            String key = indexName(object, bucket);
            if (key == null) {
                return Mono.empty();
            }
            String[] parts = key.substring("s3://".length()).split("/", 2);
            return Mono.fromFuture(() -> client.getObject(
                            request -> request.bucket(parts[0]).key(parts[1]),
                            AsyncResponseTransformer.<GetObjectResponse>toPublisher()))
                    .map(bytes -> ObjectBytes.of(
                            // the offset is ignored, because the index is read only once, from its beginning
                            key, 0, ObjectBytes.UNKNOWN_SIZE, null, from -> Flux.from(bytes)))
                    .onErrorResume(S3Exception.class, e -> e.statusCode() == 404 ? Mono.empty() : Mono.error(e));
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
