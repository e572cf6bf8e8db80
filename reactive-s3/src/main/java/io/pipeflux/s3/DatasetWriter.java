package io.pipeflux.s3;

import io.pipeflux.core.internal.OptionValues;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Writes a stream of records or batches as a dataset. A dataset consists of objects of about the same size, and a
 * manifest that lists them.
 *
 * <pre>
 *   s3://bucket/train/part-00000.tfrecord     the objects, visible after all records are in the store
 *   s3://bucket/train/part-00001.tfrecord
 *   s3://bucket/train.index/part-00000.tfrecord.json    if an index is written
 *   s3://bucket/train.manifest                written last, so its readers see the whole dataset or nothing
 * </pre>
 *
 * <p>{@link S3Channels#prefix} reads the dataset by its folder, and {@link S3Channels#manifest} reads it by its
 * manifest. SageMaker can read it in the same two ways (S3Prefix and ManifestFile).
 *
 * <p>Objects are written one after another. Each object is sent with {@link S3Writer#prepare}, which describes how fast
 * bytes are requested and how much memory is used. Elements are requested one at a time. When the source has completed,
 * all objects are committed. After an error or a cancel before the commits, nothing remains in the store. If a commit
 * fails, some of the objects remain in the folder, but no manifest is written.
 *
 * <p>Instances are immutable: each setter returns a changed copy.
 *
 * @param <T> the type that the encoder encodes, for example payloads of records or batches
 */
public final class DatasetWriter<T> {

    private static final long DEFAULT_OBJECT_BYTES = 128L << 20;

    private static final class Values<T> extends OptionValues {

        private long objectBytes = DEFAULT_OBJECT_BYTES;
        private String suffix = "";
        private int indexEvery;
        private ToLongFunction<? super T> encodedBytes = element -> 0;
    }

    private final S3Writer writer;
    private final S3Uri folder;
    private final Function<Flux<T>, Flux<ByteBuffer>> encoder;
    private final Values<T> values;

    private DatasetWriter(
            S3Writer writer, S3Uri folder, Function<Flux<T>, Flux<ByteBuffer>> encoder, Values<T> values) {
        this.writer = writer;
        this.folder = folder;
        this.encoder = encoder;
        this.values = values;
    }

    private DatasetWriter<T> with(Consumer<Values<T>> change) {
        return new DatasetWriter<>(writer, folder, encoder, OptionValues.changed(values, change));
    }

    /**
     * Returns a writer that creates objects of about 128 MiB, without a suffix and without an index. This method sends
     * nothing to the store.
     *
     * @param folder {@code s3://bucket/folder}, not percent-encoded; a slash is added if it is missing. The folder must
     *     be empty, so that objects of an earlier dataset do not mix with the new ones. Each host that writes needs its
     *     own folder
     * @param encoder encodes the elements of one object, for example {@code TfRecords.encode()}, {@code
     *     RecordIo.encode()} or {@code ArrowStreams.encode()}. It is applied once for each object
     * @throws IllegalArgumentException if {@code folder} does not have the form given above, or does not name a folder
     */
    public static <T> DatasetWriter<T> of(S3Writer writer, String folder, Function<Flux<T>, Flux<ByteBuffer>> encoder) {
        S3Uri uri = S3Uri.parse(folder);
        String name = uri.prefix().endsWith("/") ? uri.prefix() : uri.prefix() + "/";
        if (name.equals("/")) {
            throw new IllegalArgumentException("expected s3://bucket/folder, but got no folder in '" + folder + "'");
        }
        return new DatasetWriter<>(
                Objects.requireNonNull(writer, "writer"),
                new S3Uri(uri.bucket(), name),
                Objects.requireNonNull(encoder, "encoder"),
                new Values<>());
    }

    /**
     * Sets the size at which the writer closes an object and begins the next one. With an {@link #index}, the element
     * that reaches this size is the last one of its object, so the same elements always result in the same objects.
     * Without an index, the writer closes the object when the encoder has emitted this many bytes, which may be one
     * element later.
     *
     * @param bytes at least 1. Defaults to 128 MiB
     */
    public DatasetWriter<T> objectBytes(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("expected objects of >= 1 byte, but got " + bytes);
        }
        return with(to -> to.objectBytes = bytes);
    }

    /**
     * Sets the suffix of the objects' names, for example {@code .tfrecord}. Defaults to an empty suffix.
     *
     * @throws IllegalArgumentException if the suffix contains a slash
     */
    public DatasetWriter<T> suffix(String suffix) {
        if (suffix.indexOf('/') >= 0) {
            throw new IllegalArgumentException("expected a suffix without slashes, but got '" + suffix + "'");
        }
        return with(to -> to.suffix = suffix);
    }

    /**
     * Writes an index for each object, in a folder next to the dataset's folder. The index is a JSON document with the
     * offset of every n-th record, where n is {@code every}. A reader can start at each of these offsets. The index
     * also contains the size and the ETag of the object, so that a reader can check that the index belongs to this
     * object.
     *
     * <pre>
     *   {"format":1,"object":"s3://bucket/train/part-00000.tfrecord","size":12345,"etag":"\"...\"",
     *    "records":1000,"every":100,"offsets":[0,1234, ...]}
     * </pre>
     *
     * @param every the number of records from one indexed record to the next, at least 1
     * @param encodedBytes returns the number of bytes that an element takes when encoded, for example {@code
     *     TfRecords::encodedBytes}. If these numbers do not add up to the size of the object, the write fails
     */
    public DatasetWriter<T> index(int every, ToLongFunction<? super T> encodedBytes) {
        if (every < 1) {
            throw new IllegalArgumentException("expected an index of every n-th record with n >= 1, but got " + every);
        }
        Objects.requireNonNull(encodedBytes, "encodedBytes");
        return with(to -> {
            to.indexEvery = every;
            to.encodedBytes = encodedBytes;
        });
    }

    /**
     * Writes the dataset. The Mono fails with an {@link io.pipeflux.core.ObjectWriteException} if the folder is not
     * empty, if a manifest already exists next to the folder, or if there are no elements. An error of the source is
     * passed on unchanged. Writing needs the permission to list the bucket.
     */
    public Mono<WrittenDataset> write(Publisher<? extends T> elements) {
        Objects.requireNonNull(elements, "elements");
        return Mono.defer(() -> new DatasetRun<>(plan(), "part").write(Flux.from(elements)));
    }

    // == several writers of one dataset ==

    /**
     * Sends the elements to the store as objects of a dataset that several processes write together. The objects are
     * not visible before {@link S3Writer#commit}, which any process may call. After all commits, one process writes the
     * manifest.
     *
     * <pre>{@code
     *   process 0: prepare("part-0-7f3a", ...) --uploads--+
     *   process 1: prepare("part-1-04cb", ...) --uploads--+--> commit each --> writeManifest()
     * }</pre>
     *
     * <p>After an error or a cancel, nothing remains in the store.
     *
     * @param part the prefix of the object names, to which {@code -00000} and the suffix are appended. The prefix must
     *     be unique in the dataset, because an existing object of the same name would be replaced
     * @return the objects in order, or an empty list if there are no elements
     * @throws IllegalStateException if an index is set, because an index contains ETags, which do not exist before a
     *     commit
     */
    public Mono<List<Upload>> prepare(String part, Publisher<? extends T> elements) {
        Objects.requireNonNull(part, "part");
        Objects.requireNonNull(elements, "elements");
        if (values.indexEvery > 0) {
            throw new IllegalStateException("expected a dataset without an index to be prepared, but got one with");
        }
        return Mono.defer(() -> new DatasetRun<>(plan(), part).prepareOnly(Flux.from(elements)));
    }

    /**
     * Checks that the folder is new. If several writers write the dataset, call this method before any of them commits
     * an object. The Mono fails with an {@link io.pipeflux.core.ObjectWriteException} if the name of the first object
     * in the folder does not begin with {@code part}, or if a manifest exists next to the folder. Further objects in
     * the folder are not checked. This method needs the permission to list the bucket.
     *
     * @param part the prefix of the names of all objects that these writers create
     */
    public Mono<Void> requireNew(String part) {
        Objects.requireNonNull(part, "part");
        return writer.requireOnly(folder, part).then(writer.requireAbsent(S3Uri.parse(plan().manifest())));
    }

    /**
     * Writes, or replaces, the manifest of all objects that are currently in the folder. This method is idempotent. It
     * needs the permission to list the bucket.
     */
    public Mono<WrittenObject> writeManifest() {
        return writer.list(folder).collectSortedList().flatMap(objects -> writeManifest(plan().manifest(), objects));
    }

    /**
     * Writes, or replaces, a manifest that lists the given objects of the folder. This method is idempotent.
     *
     * @param uri {@code s3://bucket/key} of the manifest, not percent-encoded
     * @param objects {@code s3://bucket/key} of each object
     * @throws IllegalArgumentException if an object is not in the folder
     */
    public Mono<WrittenObject> writeManifest(String uri, Collection<String> objects) {
        String prefix = folder.toString();
        List<String> names = new ArrayList<>();
        for (String object : objects) {
            if (!object.startsWith(prefix)) {
                throw new IllegalArgumentException("expected objects in " + prefix + ", but got '" + object + "'");
            }
            names.add(object.substring(prefix.length()));
        }
        return writer.write(uri, Mono.fromSupplier(() -> DatasetJson.manifest(prefix, names)));
    }

    private DatasetPlan<T> plan() {
        return new DatasetPlan<>(
                writer, folder, encoder, values.objectBytes, values.suffix, values.indexEvery, values.encodedBytes);
    }

    @Override
    public String toString() {
        return "DatasetWriter[" + folder + ", objects of " + values.objectBytes + " bytes]";
    }
}
