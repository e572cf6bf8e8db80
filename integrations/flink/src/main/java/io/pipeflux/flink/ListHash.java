package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.channel.ObjectRef;

/** Hashes a list of objects with FNV-1a (64 bits), so that a restored enumerator detects a changed list. */
final class ListHash {

    static final long EMPTY = 0xcbf29ce484222325L;

    private static final long PRIME = 0x100000001b3L;

    private ListHash() {}

    /** Adds an object to the hash of a list, and returns the new hash. */
    static long plus(long hash, ObjectRef object) {
        long sum = part(hash, object.key());
        sum = part(sum, Long.toString(object.size()));
        String version = object.version();
        return part(sum, version == null ? "" : version);
    }

    private static long part(long hash, String text) {
        long sum = hash;
        for (byte b : text.getBytes(UTF_8)) {
            sum = (sum ^ (b & 0xff)) * PRIME;
        }
        return (sum ^ 0xff) * PRIME; // this byte does not occur in UTF-8, so it separates the parts
    }
}
