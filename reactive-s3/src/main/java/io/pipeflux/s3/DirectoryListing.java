package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.KeyText;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * Sorts the listing of a directory bucket (S3 Express One Zone). Such a bucket lists its keys in an arbitrary order,
 * which may differ each time. But sharing a list between hosts, shuffling it by a seed, and resuming all require the
 * same order every time. So the whole listing is read first, and kept in memory in packed form.
 */
final class DirectoryListing {

    private DirectoryListing() {}

    /**
     * Checks the prefix, because a directory bucket can list only the contents of a directory.
     *
     * @throws IllegalArgumentException if the prefix is not empty and does not end in a slash
     */
    static void requireDirectory(S3Uri uri) {
        if (!uri.prefix().isEmpty() && !uri.prefix().endsWith("/")) {
            throw new IllegalArgumentException(
                    "expected a prefix that ends in / (directory buckets list no other), but got '"
                            + KeyText.printable(uri.toString()) + "'");
        }
    }

    static Flux<S3ObjectRef> sorted(S3Uri uri, Flux<S3ObjectRef> listed, ObjectRefPacking packing) {
        // without hide(), concatMap would detect a scalar source and subscribe to the listing before any request
        Flux<Flux<S3ObjectRef>> once = Flux.just(listed).hide();
        return Guarded.concatMap(
                once,
                all -> Guarded.of(all)
                        .map(packing::pack)
                        .collect(ArrayList<byte[]>::new, List::add)
                        .map(packed -> sort(uri, packed, packing))
                        .flatMapIterable(packed -> packed)
                        .map(packing::unpack));
    }

    private static List<byte[]> sort(S3Uri uri, List<byte[]> packed, ObjectRefPacking packing) {
        packed.sort(ObjectRefPacking::compareNames);
        for (int i = 1; i < packed.size(); i++) {
            if (ObjectRefPacking.compareNames(packed.get(i - 1), packed.get(i)) == 0) {
                throw listedTwice(uri, packing.unpack(packed.get(i)));
            }
        }
        return packed;
    }

    private static ObjectReadException listedTwice(S3Uri uri, S3ObjectRef object) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.WRONG_LISTING,
                "the store's listing cannot be right: expected each key once, but got '"
                        + KeyText.printable(object.key()) + "' twice. Check the store's ListObjectsV2",
                uri.toString(),
                null,
                null);
    }
}
