package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.channel.ChannelOrder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Packs an object into bytes. {@link #pack(S3ObjectRef)} omits the prefix of the name, which all objects of the channel
 * share.
 *
 * <pre>
 *   | size: 8 bytes | kind of ETag: 1 byte | ETag: as its kind requires | bucket/key: UTF-8, without the prefix |
 *
 *   kind 0   no ETag
 *   kind 1   an ETag of 32 hexadecimal digits in quotes, such as an MD5: packed into 16 bytes
 *   kind 2   any other ETag of up to 255 bytes: its length in 1 byte, and the ETag
 *   kind 3   a longer ETag: its length in 4 bytes, and the ETag
 * </pre>
 *
 * <p>{@link #pack(S3ObjectRef)} adds 16 to the kind if, according to the listing, the object cannot be verified. {@link
 * #name} never adds 16.
 */
final class ObjectRefPacking implements ChannelOrder.Packing<S3ObjectRef> {

    private static final Pattern MD5 = Pattern.compile("\"[0-9a-f]{32}\"");
    private static final byte NONE = 0;
    private static final byte DIGEST = 1;
    private static final byte OTHER = 2;
    private static final byte LONG = 3;
    private static final byte UNVERIFIABLE = 16;

    private final String head;

    /** @param head the prefix of every {@code bucket/key} */
    ObjectRefPacking(String head) {
        this.head = head;
    }

    @Override
    public byte[] name(S3ObjectRef object) {
        return pack(object, 0);
    }

    @Override
    public byte[] pack(S3ObjectRef object) {
        byte[] packed = pack(object, head.length());
        StatedChecksum checksum = object.checksum();
        if (checksum != null && checksum.kind() == null) {
            packed[Long.BYTES] |= UNVERIFIABLE;
        }
        return packed;
    }

    private static byte[] pack(S3ObjectRef object, int skipped) {
        String name = object.bucket() + '/' + object.key();
        byte[] tail = name.substring(skipped).getBytes(UTF_8);
        byte[] etag = etag(object.etag());
        return ByteBuffer.allocate(Long.BYTES + etag.length + tail.length)
                .putLong(object.size())
                .put(etag)
                .put(tail)
                .array();
    }

    private static byte[] etag(@Nullable String etag) {
        if (etag == null) {
            return new byte[] {NONE};
        }
        if (MD5.matcher(etag).matches()) {
            byte[] digest = HexFormat.of().parseHex(etag, 1, 33);
            return ByteBuffer.allocate(1 + digest.length)
                    .put(DIGEST)
                    .put(digest)
                    .array();
        }
        byte[] text = etag.getBytes(ISO_8859_1); // the bytes as they are in the HTTP header
        ByteBuffer packed = text.length <= 0xff
                ? ByteBuffer.allocate(2 + text.length).put(OTHER).put((byte) text.length)
                : ByteBuffer.allocate(1 + Integer.BYTES + text.length).put(LONG).putInt(text.length);
        return packed.put(text).array();
    }

    @Override
    public long size(S3ObjectRef object) {
        return object.size();
    }

    @Override
    public S3ObjectRef unpack(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        long size = in.getLong();
        byte kind = in.get();
        String etag = switch (kind & ~UNVERIFIABLE) {
            case NONE -> null;
            case DIGEST -> '"' + HexFormat.of().formatHex(take(in, 16)) + '"';
            case OTHER -> new String(take(in, in.get() & 0xff), ISO_8859_1);
            default -> new String(take(in, in.getInt()), ISO_8859_1);
        };
        String name = head + new String(take(in, in.remaining()), UTF_8);
        int slash = S3Uri.endOfBucket(name);
        S3ObjectRef object = new S3ObjectRef(name.substring(0, slash), name.substring(slash + 1), size, etag);
        return (kind & UNVERIFIABLE) == 0
                ? object
                : object.with(StatedChecksum.none("the listing states a kind that is not computed"));
    }

    /** Compares two packed objects by the bytes of their names. */
    static int compareNames(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, nameAt(a), a.length, b, nameAt(b), b.length);
    }

    private static int nameAt(byte[] packed) {
        ByteBuffer in = ByteBuffer.wrap(packed).position(Long.BYTES);
        int etag = switch (in.get() & ~UNVERIFIABLE) {
            case NONE -> 0;
            case DIGEST -> 16;
            case OTHER -> in.get() & 0xff;
            default -> in.getInt();
        };
        return in.position() + etag;
    }

    private static byte[] take(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }
}
