package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.ObjectBytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Identifies one version of an object in a cache, and determines the names of its files.
 *
 * <pre>
 *   header     magic (8) | SHA-256 of name and ETag (32) | size (8) | CRC32C of each block (4 n) | CRC32C of these (4)
 *   content    block 0 | block 1 | ... | block n-1      256 KiB each, except the last one
 * </pre>
 *
 * @param digest the SHA-256 of the object's name and ETag
 * @param size the object's length in bytes
 */
@SuppressWarnings("ArrayRecordComponent") // instances are never compared
record CacheKey(byte[] digest, long size) {

    static final long MAGIC = 0x70_66_63_61_63_68_65_31L; // "pfcache1" in ASCII
    static final int BLOCK = 256 << 10;

    /** The suffix of files whose objects were verified against S3's checksum. */
    static final String VERIFIED = ".verified";

    /** The suffix of files whose objects were not verified. */
    static final String PLAIN = ".object";

    /** The suffix of a file that is being written. */
    static final String PART = ".part";

    private static final Pattern PART_NAME = Pattern.compile("[0-9a-f]{64}\\.\\d{1,18}\\.part");
    private static final Pattern COMPLETE_NAME = Pattern.compile("[0-9a-f]{64}\\.(verified|object)");
    private static final int HEADER = 52;
    private static final int DISK_BLOCK = 4096;

    /** Returns the key of an object. Returns null if the object's size or version is not known exactly. */
    static @Nullable CacheKey of(String name, @Nullable String etag, long size) {
        if (etag == null || etag.startsWith("W/") || size == ObjectBytes.UNKNOWN_SIZE) {
            return null; // objects with the same weak ETag may differ in their bytes
        }
        MessageDigest sha = sha256();
        sha.update(name.getBytes(UTF_8));
        sha.update((byte) 0);
        return new CacheKey(sha.digest(etag.replace("\"", "").getBytes(UTF_8)), size);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("expected SHA-256, which every Java platform has", e);
        }
    }

    /** Returns the name of the object's complete file. */
    String file(boolean verified) {
        return HexFormat.of().formatHex(digest) + (verified ? VERIFIED : PLAIN);
    }

    /**
     * Returns the name of the object's file while it is being written. The name contains the number of bytes that are
     * reserved for the file.
     */
    String part() {
        return HexFormat.of().formatHex(digest) + "." + onDisk() + PART;
    }

    /** Returns whether this is the name of an incomplete file, whose writer may have been killed. */
    static boolean isPart(String name) {
        return PART_NAME.matcher(name).matches();
    }

    /** Returns whether this is the name of a complete file. */
    static boolean isComplete(String name) {
        return COMPLETE_NAME.matcher(name).matches();
    }

    /**
     * Returns the number of bytes that are reserved for a file that is being written.
     *
     * @param part the name of the file
     */
    static long reserved(String part) {
        return Long.parseLong(part.substring(part.indexOf('.') + 1, part.length() - PART.length()));
    }

    long blocks() {
        return (size + BLOCK - 1) / BLOCK;
    }

    /** Returns the length of the header, which precedes the object's bytes. */
    int header() {
        return Math.toIntExact(HEADER + Integer.BYTES * blocks());
    }

    /** Returns the number of bytes that the file occupies on the disk. */
    long onDisk() {
        return onDisk(header() + size);
    }

    static long onDisk(long length) {
        return (length + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK;
    }
}
