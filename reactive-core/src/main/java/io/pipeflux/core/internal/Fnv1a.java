package io.pipeflux.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;

/**
 * The 64-bit hash that identifies the data of a resume point. It is the FNV-1a hash (Fowler, Noll, Vo) of a sequence of
 * parts. The length of each part is hashed after the part, so that {@code ab, c} and {@code a, bc} have different
 * hashes.
 *
 * <p>This hash must never change, because it is compared with the hashes of stored points. All arithmetic is modulo
 * 2^64:
 *
 * <pre>
 *   start     hash = 0xcbf29ce484222325
 *   a byte    hash = (hash ^ byte) * 0x100000001b3
 *   a part    its bytes (a text in UTF-8), then its length in bytes as 8 bytes, the most significant first
 * </pre>
 */
public final class Fnv1a {

    public static final long EMPTY = 0xcbf29ce484222325L;

    private static final long PRIME = 0x100000001b3L;

    private Fnv1a() {}

    /** Adds a string, encoded in UTF-8, to the hash as a part. */
    public static long part(long hash, String text) {
        return part(hash, text.getBytes(UTF_8));
    }

    /** Adds bytes to the hash as a part. */
    public static long part(long hash, byte[] bytes) {
        return number(bytes(hash, bytes), bytes.length);
    }

    /** Adds bytes to the hash, without their length. */
    public static long bytes(long hash, byte[] bytes) {
        long h = hash;
        for (byte b : bytes) {
            h = (h ^ (b & 0xff)) * PRIME;
        }
        return h;
    }

    /** Returns the text form of a hash: 16 hexadecimal digits. */
    public static String hex(long hash) {
        return HexFormat.of().toHexDigits(hash);
    }

    /** Adds a number to the hash as 8 bytes, the most significant byte first. */
    public static long number(long hash, long number) {
        long h = hash;
        for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            h = (h ^ (number >>> shift & 0xff)) * PRIME;
        }
        return h;
    }
}
