package io.pipeflux.core.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes the format of an input by its first bytes. A decoder adds the result to its error message if it expected a
 * different format. Only formats that have a magic number, a checksum or a header that can be parsed are recognized, so
 * that random bytes are not mistaken for a format.
 */
public final class FirstBytes {

    /** The number of bytes that are enough to recognize every format. */
    public static final int ENOUGH = 512;

    private static final String NOT_READ = "Pipeflux does not read it: convert the data to TFRecord, RecordIO or text"
            + " lines, or read it with a library for it";
    private static final String IMAGE =
            "one image per object has no records: wrap each object as a RecordIO record (RecordIo.wrap, or"
                    + " RecordWrapperType RecordIO)";
    private static final String RECOMPRESS = "recompress the data with GZIP, or upload it without compression";
    private static final Set<String> BINARY = Set.of("TFRecord", "RecordIO", "Arrow stream", "GZIP", "ZLIB");
    private static final int MASK_DELTA = 0xa282ead8; // defined by the TFRecord format
    private static final int TFRECORD_HEADER_BYTES = 12;
    private static final int LEAST_TEXT = 4;
    private static final int MOST_TEXT = 64;
    private static final int MOST_SCHEMA = 1 << 24;

    /** The magic number of a format, with its offset. */
    @SuppressWarnings("ArrayRecordComponent") // records of this type are never compared
    private record Magic(String name, int offset, byte[] bytes, String advice) {

        static Magic of(String name, int offset, String hex, String advice) {
            return new Magic(name, offset, HexFormat.of().parseHex(hex), advice);
        }

        static Magic ofText(String name, int offset, String text, String advice) {
            return new Magic(name, offset, text.getBytes(StandardCharsets.US_ASCII), advice);
        }

        boolean matches(byte[] head) {
            int end = offset + bytes.length;
            return head.length >= end && Arrays.equals(head, offset, end, bytes, 0, bytes.length);
        }
    }

    private static final List<Magic> MAGICS = List.of(
            Magic.of("GZIP", 0, "1f8b08", "decode with compression(Compression.GZIP), or CompressionType Gzip"),
            Magic.of("RecordIO", 0, "0a23d7ce", "decode with RecordIo.format(), or choose the format recordio"),
            Magic.of(
                    "Arrow file",
                    0,
                    "4152524f57310000",
                    "write Arrow's stream format instead, which ArrowStreams reads"),
            Magic.ofText("Parquet", 0, "PAR1", NOT_READ),
            Magic.ofText("encrypted Parquet", 0, "PARE", NOT_READ),
            Magic.ofText("Avro", 0, "Obj\1", NOT_READ),
            Magic.ofText("ORC", 0, "ORC", NOT_READ),
            Magic.of("NumPy", 0, "934e554d5059", NOT_READ),
            Magic.of("HDF5", 0, "894844460d0a1a0a", NOT_READ),
            Magic.of("ZIP", 0, "504b0304", "unpack the archive before it is uploaded"),
            Magic.of("an empty ZIP", 0, "504b0506", "unpack the archive before it is uploaded"),
            Magic.ofText(
                    "tar",
                    257,
                    "ustar",
                    "decode a WebDataset with WebDataset.of(...), and unpack other archives before they are uploaded"),
            Magic.of("Zstandard", 0, "28b52ffd", "decode with compression(Compression.ZSTD), which needs zstd-jni"),
            Magic.of("XZ", 0, "fd377a585a00", RECOMPRESS),
            Magic.of("LZ4", 0, "04224d18", RECOMPRESS),
            Magic.of("framed Snappy", 0, "ff060000734e6150", "recompress the data with GZIP"),
            Magic.of("a JPEG image", 0, "ffd8ff", IMAGE),
            Magic.of("a PNG image", 0, "89504e470d0a1a0a", IMAGE),
            Magic.ofText("a GIF image", 0, "GIF87a", IMAGE),
            Magic.ofText("a GIF image", 0, "GIF89a", IMAGE),
            Magic.of("a TIFF image", 0, "49492a00", IMAGE),
            Magic.of("a TIFF image", 0, "4d4d002a", IMAGE));

    private static final List<Magic> BYTE_ORDER_MARKS = List.of(
            Magic.of(
                    "UTF-8 text with a byte order mark",
                    0,
                    "efbbbf",
                    "decode with TextLines.format(), and see LineOption.SKIP_BYTE_ORDER_MARK"),
            Magic.of("UTF-32 text", 0, "fffe0000", "convert it to UTF-8"),
            Magic.of("UTF-32 text", 0, "0000feff", "convert it to UTF-8"),
            Magic.of("UTF-16 text", 0, "fffe", "convert it to UTF-8"),
            Magic.of("UTF-16 text", 0, "feff", "convert it to UTF-8"));

    private FirstBytes() {}

    /**
     * Returns a suffix for an error message. The suffix begins with a semicolon, and states what the bytes look like
     * and what to do. Returns an empty string if the bytes look like the expected format or like no known format.
     *
     * @param head the first bytes of an input
     * @param expected the name of the format that was expected
     */
    public static String hint(byte[] head, String expected) {
        String found = describe(head);
        if (found == null
                && BINARY.contains(expected.replace(" (DMLC)", ""))
                && head.length >= LEAST_TEXT
                && isText(head, MOST_TEXT)) {
            found = "text: decode with TextLines.format(), or choose the format lines";
        }
        return found == null || found.startsWith(expected.replace(" (DMLC)", "") + ": ")
                ? ""
                : "; the first bytes are those of " + found;
    }

    private static @Nullable String describe(byte[] head) {
        if (isTfRecord(head)) {
            return "TFRecord: decode with TfRecords.format(), or choose the format tfrecord";
        }
        String mark = match(BYTE_ORDER_MARKS, head);
        if (mark != null || isText(head, head.length)) {
            // if the bytes are text, the other magic numbers are not checked: many of them are letters, and a text may
            // begin with the same letters
            return mark;
        }
        String magic = match(MAGICS, head);
        if (magic != null) {
            return magic;
        }
        return isOldArrow(head)
                ? "Arrow stream of a version before 0.15: write it again with Arrow 0.15 or later, and without"
                        + " write_legacy_ipc_format"
                : checked(head);
    }

    private static @Nullable String match(List<Magic> magics, byte[] head) {
        for (Magic magic : magics) {
            if (magic.matches(head)) {
                return magic.name + ": " + magic.advice;
            }
        }
        return null;
    }

    /** Uses additional checks to recognize formats whose magic number is too short to identify them. */
    private static @Nullable String checked(byte[] head) {
        if (isArrow(head)) {
            return "Arrow stream: decode with ArrowStreams.format()";
        }
        // the fourth byte is the format's version
        if (begins(head, 0, "SEQ") && head.length > 3 && head[3] > 0 && head[3] < ' ') {
            return "Hadoop's SequenceFile: " + NOT_READ;
        }
        if (begins(head, 0, "BZh") && (begins(head, 4, "1AY&SY") || begins(head, 4, "\u0017rE8P\u0090"))) {
            return "bzip2: " + RECOMPRESS;
        }
        if (begins(head, 0, "RIFF") && begins(head, 8, "WEBP")) {
            return "a WebP image: " + IMAGE;
        }
        return isZlib(head) ? "ZLIB: decode with compression(Compression.ZLIB)" : null;
    }

    private static boolean begins(byte[] head, int at, String bytes) {
        byte[] magic = bytes.getBytes(StandardCharsets.ISO_8859_1);
        return head.length >= at + magic.length && Arrays.equals(head, at, at + magic.length, magic, 0, magic.length);
    }

    /**
     * Returns whether the bytes are the start of an Arrow stream: a marker, and then the padded length of the schema
     * message.
     */
    private static boolean isArrow(byte[] head) {
        if (head.length < 8) {
            return false;
        }
        ByteBuffer bytes = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        int length = bytes.getInt(4);
        return bytes.getInt(0) == -1 && length > 0 && length <= MOST_SCHEMA && length % 4 == 0;
    }

    private static boolean isTfRecord(byte[] head) {
        if (head.length < TFRECORD_HEADER_BYTES) {
            return false;
        }
        CRC32C crc = new CRC32C();
        crc.update(head, 0, Long.BYTES);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
        return masked == ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(Long.BYTES);
    }

    /**
     * Returns whether the bytes are the start of an Arrow stream from before version 0.15. Such a stream begins with
     * the length of the schema message, without the marker ffffffff. The message is a flatbuffer, which begins with the
     * offset of its root table. The root table begins with the offset of its vtable, which contains the offsets of the
     * fields.
     */
    private static boolean isOldArrow(byte[] head) {
        if (head.length < 16) {
            return false;
        }
        ByteBuffer bytes = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        int length = bytes.getInt(0);
        int table = bytes.getInt(4);
        if (length < 16 || length > MOST_SCHEMA || length % 4 != 0 || table < 4 || table > 64 || table % 4 != 0) {
            return false;
        }
        int at = 4 + table;
        if (head.length < at + 4) {
            return false;
        }
        int fields = at - bytes.getInt(at);
        if (fields < 8 || fields + 4 > head.length) {
            return false;
        }
        int fieldBytes = bytes.getShort(fields);
        int tableBytes = bytes.getShort(fields + 2);
        return fieldBytes >= 6 && fieldBytes <= 32 && fieldBytes % 2 == 0 && tableBytes >= 8 && tableBytes <= 64;
    }

    private static boolean isZlib(byte[] head) {
        if (head.length < 8 || (head[0] & 0x0f) != 8 || (((head[0] & 0xff) << 8) | (head[1] & 0xff)) % 31 != 0) {
            return false;
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(head);
            return inflater.inflate(new byte[1]) == 1;
        } catch (DataFormatException e) {
            return false;
        } finally {
            inflater.end();
        }
    }

    /** Returns whether the bytes are UTF-8 without control characters. Checks only the first {@code most} bytes. */
    private static boolean isText(byte[] head, int most) {
        int length = Math.min(head.length, most);
        for (int i = 0; i < length; i++) {
            byte b = head[i];
            if (b == 0x7f || (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f')) {
                return false;
            }
        }
        CharBuffer chars = CharBuffer.allocate(length);
        return !StandardCharsets.UTF_8
                .newDecoder()
                // the bytes may end in the middle of a character
                .decode(ByteBuffer.wrap(head, 0, length), chars, false)
                .isError();
    }
}
