package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ChannelOrder;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.KeyText;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Creates channels of objects in S3, or in a store with the same protocol. */
public final class S3Channels {

    private S3Channels() {}

    /**
     * Returns a channel of all objects whose keys begin with a prefix. The channel uses the {@linkplain
     * S3ReadOptions#defaults() default options}.
     *
     * @see #prefix(S3AsyncClient, String, S3ReadOptions)
     */
    public static S3Channel prefix(S3AsyncClient client, String uri) {
        return prefix(client, uri, S3ReadOptions.defaults());
    }

    /**
     * Returns a channel of all objects whose keys begin with a prefix, like SageMaker's S3Prefix. The objects are in
     * the order of the listing (by UTF-8 bytes). The prefix is a string, not a folder: {@code s3://bucket/train}
     * matches {@code train/a} and {@code training/b}. Empty objects whose keys end in {@code /} are skipped, because
     * consoles create them to represent folders. This method sends nothing to the store.
     *
     * <p>A directory bucket, whose name ends in {@code --x-s3} (access points: {@code --xa-s3}), lists its keys in no
     * particular order. So its whole list is read and sorted before the first object is emitted. Each object takes
     * about 60 bytes of memory plus its key without the prefix.
     *
     * @param client reads the objects. The caller closes the client after the channel's last use
     * @param uri {@code s3://bucket/prefix}, not percent-encoded, or a URL of S3, see {@link S3Uri}. An empty prefix
     *     selects the whole bucket
     * @throws IllegalArgumentException if {@code uri} does not have the form given above, or if the prefix of a
     *     directory bucket is not empty and does not end in a slash
     */
    public static S3Channel prefix(S3AsyncClient client, String uri, S3ReadOptions options) {
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(options, "options");
        S3Uri prefix = S3Uri.parse(uri);
        ObjectRefPacking packing = new ObjectRefPacking(prefix.bucket() + '/' + prefix.prefix());
        boolean directory = ListingCheck.isDirectoryBucket(prefix);
        if (directory) {
            DirectoryListing.requireDirectory(prefix);
        }
        Function<ChannelOrder, Flux<S3ObjectRef>> listed = order -> {
            Flux<S3ObjectRef> all = Listing.of(client, prefix, options, order)
                    .switchIfEmpty(Mono.error(() -> ReadFailures.noObject(client, prefix, uri)));
            return directory ? DirectoryListing.sorted(prefix, all, packing) : all;
        };
        return S3Channel.of(
                client,
                options,
                prefix.toString(),
                ChannelList.of(
                        listed,
                        packing,
                        order -> order.apply(listed.apply(order), packing, S3ObjectRef::at)
                                .cast(ChannelItem.class)));
    }

    /**
     * Returns a channel of the objects of a manifest. The channel uses the {@linkplain S3ReadOptions#defaults() default
     * options}.
     *
     * @see #manifest(S3AsyncClient, String, S3ReadOptions)
     */
    public static S3Channel manifest(S3AsyncClient client, String uri) {
        return manifest(client, uri, S3ReadOptions.defaults());
    }

    /**
     * Returns a channel of the objects that a manifest lists, in the manifest's order. The manifest has the format of
     * SageMaker's ManifestFile: a JSON array with a prefix element, followed by strings. The URI of an object is the
     * prefix and one of the strings, concatenated without a separator. All objects must be in the bucket of the prefix.
     *
     * <pre>
     *   [ {"prefix": "s3://bucket/some/prefix/"}, "a", "b/c" ]    s3://bucket/some/prefix/a and .../b/c
     * </pre>
     *
     * <p>A manifest contains neither sizes nor versions. So a HEAD is sent for each object, up to 16 at a time: one for
     * the next object, and 15 in advance. With the sizes and versions, objects can be wrapped as records, and a change
     * of an object while it is being read is detected.
     *
     * <p>The manifest is read on demand. It is not held in memory unless the channel is {@linkplain S3Channel#shuffle
     * shuffled}. When an error in the manifest is reached, the channel fails with a {@link
     * io.pipeflux.core.CorruptRecordException} that names the line and the element.
     *
     * @param client reads the manifest and the objects. The caller closes the client after the channel's last use
     * @param uri {@code s3://bucket/key} of the manifest, not percent-encoded
     * @throws IllegalArgumentException if {@code uri} does not have the form given above
     */
    public static S3Channel manifest(S3AsyncClient client, String uri, S3ReadOptions options) {
        Manifest manifest = new Manifest(
                Objects.requireNonNull(client, "client"), S3Uri.parse(uri), Objects.requireNonNull(options, "options"));
        ObjectRefPacking packing = new ObjectRefPacking("");
        return S3Channel.of(
                client,
                options,
                "manifest " + manifest.uri(),
                ChannelList.of(
                        order -> manifest.read(ManifestDecoder.format(manifest.uri())),
                        packing,
                        order -> new ObjectHeads(client, options)
                                .resolve(order.apply(
                                                manifest.read(ManifestDecoder.format(manifest.uri())),
                                                packing,
                                                S3ObjectRef::at)
                                        .cast(ChannelItem.class))));
    }

    /**
     * Returns a channel of the attributes of an augmented manifest. The channel uses the {@linkplain
     * S3ReadOptions#defaults() default options}.
     *
     * @see #augmentedManifest(S3AsyncClient, String, List, S3ReadOptions)
     */
    public static S3Channel augmentedManifest(S3AsyncClient client, String uri, List<String> attributeNames) {
        return augmentedManifest(client, uri, attributeNames, S3ReadOptions.defaults());
    }

    /**
     * Returns a channel of the attributes of an augmented manifest. The manifest has the format of SageMaker's
     * AugmentedManifestFile: JSON Lines, where each line is a JSON object that has all these attributes. The attributes
     * are emitted line by line, and within a line in the order of {@code attributeNames}. Each attribute is emitted as
     * an object, so {@code RecordIo.wrap()} converts each attribute to a record.
     *
     * <pre>
     *   {"image-ref": "s3://bucket/1.jpg", "class": 1, "by": "me"}
     *   {"image-ref": "s3://bucket/2.jpg", "class": 0, "by": "me"}
     *
     *   for [image-ref, class]: the bytes of 1.jpg, then "1", then the bytes of 2.jpg, then "0"
     * </pre>
     *
     * <p>If the name of an attribute ends in {@code -ref}, its value is the URI of an object, whose bytes are read. For
     * any other attribute, the value itself is emitted. A string is emitted as its content in UTF-8. Other values are
     * emitted as they are in the manifest, except that white space is removed from JSON objects and arrays. The key of
     * such a value is the manifest's URI, followed by the line number and the attribute's name.
     *
     * <p>The size and version of referenced objects are requested as for a {@linkplain #manifest manifest}. The
     * manifest is read on demand. It is not held in memory unless the channel is {@linkplain S3Channel#shuffle
     * shuffled}. A line has at most 16 MiB. Blank lines are skipped. When a line with an error is reached, the channel
     * fails with a {@link io.pipeflux.core.CorruptRecordException} that names the line.
     *
     * @param client reads the manifest and the objects. The caller closes the client after the channel's last use
     * @param uri {@code s3://bucket/key} of the manifest, not percent-encoded
     * @param attributeNames at least one name, all of them different. Names are case-sensitive
     * @throws IllegalArgumentException if {@code uri} does not have the form given above, or if there is no name or a
     *     name occurs twice
     */
    public static S3Channel augmentedManifest(
            S3AsyncClient client, String uri, List<String> attributeNames, S3ReadOptions options) {
        Manifest manifest = new Manifest(
                Objects.requireNonNull(client, "client"), S3Uri.parse(uri), Objects.requireNonNull(options, "options"));
        List<String> names = AugmentedLine.requireNames(attributeNames);
        AugmentedLine.LinePacking packing = new AugmentedLine.LinePacking(names.size());
        return S3Channel.of(
                client,
                options,
                "augmented manifest " + manifest.uri(),
                ChannelList.of(
                        order -> manifest.read(AugmentedManifestDecoder.format(manifest.uri(), names)),
                        packing,
                        order -> new ObjectHeads(client, options)
                                .resolve(Guarded.concatMap(
                                        order.apply(
                                                manifest.read(AugmentedManifestDecoder.format(manifest.uri(), names)),
                                                packing,
                                                (line, origin) -> line.items(manifest.uri(), names, origin)),
                                        Flux::fromIterable))));
    }

    /**
     * Reads objects that {@link S3Channel#list} has listed, in the given order. The objects behave as described for
     * {@link S3Channel#objects()}. Objects that are read one after another share a window, which requests further
     * references as soon as it has room for their bytes. So if references are available early, their bytes are fetched
     * in advance.
     *
     * @param client reads the objects. The caller closes the client after the last use
     * @param objects the objects, which may be in several buckets
     */
    public static Flux<ObjectBytes> read(S3AsyncClient client, Flux<ObjectRef> objects, S3ReadOptions options) {
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(options, "options");
        return EpochObjects.of("objects", client, options, objects.map(S3Channels::item));
    }

    /**
     * Returns the bytes of a listed object up to an offset, for example the end of a record. No byte at or after that
     * offset is requested. The checksum of an object cannot be verified if only a part of the object is read. So with
     * {@link Checksums#REQUIRE}, reading fails unless the range is the whole object. Each subscription has its own
     * window.
     *
     * @param client reads the object. The caller closes the client after the last use
     * @param object an object that {@link S3Channel#list} has listed
     * @param end the offset after the last byte, from 0 to the object's size. This is also the size of the result
     * @throws IllegalArgumentException if the offset is negative or greater than the object's size
     */
    public static ObjectBytes range(S3AsyncClient client, ObjectRef object, long end, S3ReadOptions options) {
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(options, "options");
        if (end < 0 || end > object.size()) {
            throw new IllegalArgumentException("expected a range that ends in the " + object.size() + " bytes of "
                    + KeyText.quoted(object.key()) + ", but got one that ends at byte " + end);
        }
        S3ObjectRef ref = item(object);
        long to = end == object.size() ? Long.MAX_VALUE : end;
        return ObjectBytes.of(
                object.key(),
                0,
                end,
                object.version(),
                from -> to == Long.MAX_VALUE || from < end
                        ? ObjectBytesFlux.range(client, options, ref, from, to)
                        : Flux.empty());
    }

    private static S3ObjectRef item(ObjectRef object) {
        S3Uri uri = S3Uri.parse(object.key());
        return new S3ObjectRef(uri.bucket(), uri.prefix(), object.size(), object.version());
    }
}
