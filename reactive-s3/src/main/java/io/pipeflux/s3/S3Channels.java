package io.pipeflux.s3;

import io.pipeflux.core.internal.Guarded;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Channels of objects in S3 or a store that speaks its protocol. */
public final class S3Channels {

    private S3Channels() {}

    /**
     * All objects whose keys begin with a prefix, read with {@link S3ReadOptions#defaults()}.
     *
     * @see #prefix(S3AsyncClient, String, S3ReadOptions)
     */
    public static S3Channel prefix(S3AsyncClient client, String uri) {
        return prefix(client, uri, S3ReadOptions.defaults());
    }

    /**
     * All objects whose keys begin with a prefix, in the order of the listing (by UTF-8 bytes), as SageMaker's
     * S3Prefix: the prefix is a string and no folder, so {@code s3://bucket/train} names {@code train/a} and {@code
     * training/b}. Objects of no bytes whose keys end in {@code /}, which consoles make as folders, are left out.
     * Nothing is sent to the store here.
     *
     * @param client reads; stays the caller's, who closes it after the channel's last use
     * @param uri {@code s3://bucket/prefix}, taken literally; with an empty prefix the whole bucket
     * @throws IllegalArgumentException if the URI has another form
     */
    public static S3Channel prefix(S3AsyncClient client, String uri, S3ReadOptions options) {
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(options, "options");
        S3Uri prefix = S3Uri.parse(uri);
        ObjectRefPacking packing = new ObjectRefPacking(prefix.bucket() + '/' + prefix.prefix());
        return S3Channel.of(
                client,
                options,
                prefix.toString(),
                order -> order.apply(
                                Listing.of(client, prefix, options)
                                        .switchIfEmpty(Mono.error(() -> S3Failures.noObject(client, prefix))),
                                packing,
                                S3ObjectRef::at)
                        .cast(ChannelItem.class));
    }

    /**
     * The objects of a manifest, read with {@link S3ReadOptions#defaults()}.
     *
     * @see #manifest(S3AsyncClient, String, S3ReadOptions)
     */
    public static S3Channel manifest(S3AsyncClient client, String uri) {
        return manifest(client, uri, S3ReadOptions.defaults());
    }

    /**
     * The objects that a manifest lists, in its order, as SageMaker's ManifestFile: a JSON array of a prefix and of the
     * strings that follow it. A URI is the prefix and such a string, one behind the other with nothing between them;
     * all are in the prefix's bucket.
     *
     * <pre>
     *   [ {"prefix": "s3://bucket/some/prefix/"}, "a", "b/c" ]      s3://bucket/some/prefix/a, s3://bucket/some/prefix/b/c
     * </pre>
     *
     * <p>A manifest tells neither size nor version, so each object is asked for both (a HEAD), up to 16 at a time and
     * 15 ahead of demand; so objects can be wrapped as records, and one that changes while it is read is noticed.
     *
     * <p>The manifest is read as its entries are asked for, and not held. What is wrong in it fails with a
     * {@link io.pipeflux.core.CorruptRecordException} that names line and element, when that place is reached.
     *
     * @param uri {@code s3://bucket/key} of the manifest
     * @throws IllegalArgumentException if the URI has another form
     */
    public static S3Channel manifest(S3AsyncClient client, String uri, S3ReadOptions options) {
        Manifest manifest = new Manifest(
                Objects.requireNonNull(client, "client"), S3Uri.parse(uri), Objects.requireNonNull(options, "options"));
        ObjectRefPacking packing = new ObjectRefPacking("");
        return S3Channel.of(
                client,
                options,
                "manifest " + manifest.uri(),
                order -> new ObjectHeads(client, options)
                        .resolve(order.apply(
                                        manifest.read(ManifestDecoder.format(manifest.uri())), packing, S3ObjectRef::at)
                                .cast(ChannelItem.class)));
    }

    /**
     * The attributes of an augmented manifest, read with {@link S3ReadOptions#defaults()}.
     *
     * @see #augmentedManifest(S3AsyncClient, String, List, S3ReadOptions)
     */
    public static S3Channel augmentedManifest(S3AsyncClient client, String uri, List<String> attributeNames) {
        return augmentedManifest(client, uri, attributeNames, S3ReadOptions.defaults());
    }

    /**
     * The attributes that the lines of an augmented manifest have, as SageMaker's AugmentedManifestFile: JSON Lines,
     * each an object that has all of the attributes, which are streamed in the order given here, line after line, each
     * as an object of its own (so {@code RecordIo.wrap()} makes each a record).
     *
     * <pre>
     *   {"image-ref": "s3://bucket/1.jpg", "class": 1, "by": "me"}
     *   {"image-ref": "s3://bucket/2.jpg", "class": 0, "by": "me"}
     *
     *   of [image-ref, class]:   the bytes of 1.jpg, then "1", then the bytes of 2.jpg, then "0"
     * </pre>
     *
     * <p>An attribute whose name ends in {@code -ref} is the URI of an object, whose bytes are streamed. Any other is
     * streamed itself: a string as what it says, in UTF-8, anything else as it stands in the manifest, objects and
     * arrays without white space. Its key is the manifest's URI with line and name.
     *
     * <p>Referenced objects are asked for their size and version, as those of a {@linkplain #manifest manifest}. The
     * manifest is read as its lines are asked for, and not held; a line has 16 MiB at most, a blank one is left
     * out. What is wrong in a line fails with a {@link io.pipeflux.core.CorruptRecordException} that names it, when it
     * is reached.
     *
     * @param uri {@code s3://bucket/key} of the manifest
     * @param attributeNames the attributes, at least one, none twice; upper and lower case are different
     * @throws IllegalArgumentException if the URI has another form, or the names are none or not different
     */
    public static S3Channel augmentedManifest(
            S3AsyncClient client, String uri, List<String> attributeNames, S3ReadOptions options) {
        Manifest manifest = new Manifest(
                Objects.requireNonNull(client, "client"), S3Uri.parse(uri), Objects.requireNonNull(options, "options"));
        List<String> names = List.copyOf(attributeNames);
        if (names.isEmpty() || Set.copyOf(names).size() < names.size()) {
            throw new IllegalArgumentException(
                    "different attribute names, at least one, required but they were " + names);
        }
        AugmentedLine.LinePacking packing = new AugmentedLine.LinePacking();
        return S3Channel.of(
                client,
                options,
                "augmented manifest " + manifest.uri(),
                order -> new ObjectHeads(client, options)
                        .resolve(Guarded.concatMap(
                                order.apply(
                                        manifest.read(AugmentedManifestDecoder.format(manifest.uri(), names)),
                                        packing,
                                        (line, origin) -> line.items(manifest.uri(), names, origin)),
                                Flux::fromIterable)));
    }
}
