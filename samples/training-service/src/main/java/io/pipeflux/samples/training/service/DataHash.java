package io.pipeflux.samples.training.service;

import io.pipeflux.core.ObjectBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Describes the current objects of a channel: their number, and a hash of their keys, sizes and ETags. */
final class DataHash {

    private static final int SHOWN_BYTES = 8;

    private final MessageDigest hash;
    private final DataList.Builder list = new DataList.Builder();
    private long objects;
    private long bytes;

    private DataHash() {
        try {
            hash = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static Mono<DataHash> of(Flux<ObjectBytes> objects) {
        return objects.collect(DataHash::new, DataHash::add);
    }

    static DataHash empty() {
        return new DataHash();
    }

    long bytes() {
        return bytes;
    }

    void add(ObjectBytes object) {
        objects++;
        list.add(object);
        bytes += object.size();
        String line = object.key() + '\0' + object.size() + '\0' + object.etag() + '\n';
        hash.update(line.getBytes(StandardCharsets.UTF_8));
    }

    DataList list() {
        return list.build();
    }

    /** Returns the objects that have been added, as the beginning of a list of which more is unknown. */
    DataList listSoFar() {
        return list.unfinished();
    }

    /**
     * Returns whether the object that was added last has the same place in the other list. Returns true if both lists
     * no longer keep this object.
     */
    boolean agreesWith(DataList other) {
        return list.agreesWith(other);
    }

    /** Returns a string with the number of objects, their total size and the hash. Must be called only once. */
    String describe() {
        return objects + " objects of " + bytes + " bytes, hash "
                + HexFormat.of().formatHex(hash.digest(), 0, SHOWN_BYTES);
    }
}
