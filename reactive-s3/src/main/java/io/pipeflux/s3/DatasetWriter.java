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
 * Writes a stream of records or batches as a dataset: objects of about one size, and a manifest that lists them.
 *
 * <pre>
 *   s3://bucket/train/part-00000.tfrecord     the objects: not visible before all records are in the store
 *   s3://bucket/train/part-00001.tfrecord
 *   s3://bucket/train.index/part-00000.tfrecord.json    if an index is written
 *   s3://bucket/train.manifest                written last: a reader of it reads the whole dataset or nothing
 * </pre>
 *
 * <p>Both {@link S3Channels#prefix} of the folder and {@link S3Channels#manifest} read it, as SageMaker does (S3Prefix
 * and ManifestFile).
 *
 * <p>Objects are written one after another, each as by {@link S3Writer#prepare}, whose demand and memory apply. One
 * element is requested at a time. When the source has ended, all objects are committed. After an error or a cancel
 * before that, nothing is left. If a commit fails, the folder has some of the objects, but no manifest is written.
 *
 * <p>Immutable: each setter returns a new writer.
 *
 * @param <T> what the encoder encodes, for example payloads of records or batches
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
     * Returns a writer of objects of about 128 MiB, without a suffix and without an index. This method sends nothing to
     * the store.
     *
     * @param folder {@code s3://bucket/folder} without any escapes; a slash is added if it is missing. It must be
     *     empty, so that objects of an earlier dataset do not mix with those of this one. Each host that writes needs a
     *     folder of its own
     * @param encoder encodes the elements of one object, for example {@code TfRecords.encode()}, {@code
     *     RecordIo.encode()} or {@code ArrowStreams.encode()}. It is applied once for each object
     * @throws IllegalArgumentException if the URI has another form, or no folder
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
     * Sets the size at which an object ends. With an {@link #index} it ends with the element that reaches the size, so
     * the same elements make the same objects. Without one, it ends when the encoder has emitted so much, which may be
     * an element later.
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
     * Sets what the names of the objects end in, for example {@code .tfrecord}. Defaults to nothing.
     *
     * @throws IllegalArgumentException if it has a slash
     */
    public DatasetWriter<T> suffix(String suffix) {
        if (suffix.indexOf('/') >= 0) {
            throw new IllegalArgumentException("expected a suffix without slashes, but got '" + suffix + "'");
        }
        return with(to -> to.suffix = suffix);
    }

    /**
     * Writes an index beside each object: a JSON object with the offset of every n-th record, from which a reader can
     * begin, and the object's size and ETag, by which it sees that the index is the object's.
     *
     * <pre>
     *   {"format":1,"object":"s3://bucket/train/part-00000.tfrecord","size":12345,"etag":"\"...\"",
     *    "records":1000,"every":100,"offsets":[0,1234, ...]}
     * </pre>
     *
     * @param every the distance of indexed records, at least 1
     * @param encodedBytes the number of bytes that an element becomes, for example {@code TfRecords::encodedBytes}. If
     *     the sum of an object's is not its size, the write fails
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
     * Writes the dataset. The result fails with {@link io.pipeflux.core.ObjectWriteException} if the folder is not
     * empty, if it has a manifest of an earlier dataset beside it, or if there are no elements. It needs permission to
     * list the bucket. An error of the source is passed on unchanged.
     */
    public Mono<WrittenDataset> write(Publisher<? extends T> elements) {
        Objects.requireNonNull(elements, "elements");
        return Mono.defer(() -> new DatasetRun<>(plan(), "part").write(Flux.from(elements)));
    }

    // == several writers of one dataset ==

    /**
     * Sends the elements to the store as objects of a dataset that several processes write together. Nobody sees them
     * before {@link S3Writer#commit}, which any process may call; after all commits one process writes the manifest.
     *
     * <pre>
     *   process 0: prepare("part-0-7f3a", ...) --uploads--+
     *   process 1: prepare("part-1-04cb", ...) --uploads--+--&gt; commit each --&gt; writeManifest()
     * </pre>
     *
     * <p>After an error or a cancel nothing is left.
     *
     * @param part how the names of the objects begin; {@code -00000} and the suffix follow. Unique in the dataset: an
     *     object of the same name would be replaced
     * @return the objects in order, none if there are no elements
     * @throws IllegalStateException if there is to be an index: it has the ETags, which a commit makes
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
     * Checks that the folder is new: before the first of several writers has committed an object. The result fails with
     * {@link io.pipeflux.core.ObjectWriteException} if the folder begins with an object of another name, or if it has a
     * manifest beside it. It needs permission to list the bucket.
     *
     * @param part how the names of the objects of these writers begin
     */
    public Mono<Void> requireNew(String part) {
        Objects.requireNonNull(part, "part");
        return writer.requireOnly(folder, part).then(writer.requireAbsent(S3Uri.parse(plan().manifest())));
    }

    /**
     * Writes the manifest of all objects that are in the folder now, or replaces it. Idempotent. It needs permission to
     * list the bucket.
     */
    public Mono<WrittenObject> writeManifest() {
        return writer.list(folder).collectSortedList().flatMap(objects -> writeManifest(plan().manifest(), objects));
    }

    /**
     * Writes a manifest of some objects of the folder, or replaces it. Idempotent.
     *
     * @param uri {@code s3://bucket/key} of the manifest, without any escapes
     * @param objects {@code s3://bucket/key} of the objects
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
