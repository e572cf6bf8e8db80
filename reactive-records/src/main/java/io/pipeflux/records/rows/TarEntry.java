package io.pipeflux.records.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.internal.KeyText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the headers of tar archive entries. Supports ustar (POSIX.1-1988), pax (POSIX.1-2001), GNU's long names, and
 * the format of Unix V7. An instance can be used for many entries. Not thread-safe.
 *
 * <pre>
 *     0    name       124  size       148  checksum      257  "ustar\0" or GNU's "ustar  "
 *   100    mode       136  mtime      156  type          345  prefix of the name, only in ustar
 *
 *   pax        header x | records "length key=value\n" | the entry's header | its data
 *   GNU        header L | the long name                | the entry's header | its data
 *                                                        (each of these parts is padded to 512 bytes)
 * </pre>
 */
final class TarEntry {

    static final int BLOCK = 512;

    /**
     * The maximum total length of the extended headers of one entry. An entry has at most one extended header of each
     * type, so the headers of real entries are shorter. This maximum limits the memory that the headers take, and how
     * often they are read again while more bytes arrive.
     */
    private static final int MAX_EXTENSION_BYTES = 1 << 20;

    private static final int CHECKSUM_AT = 148;
    private static final int TYPE_AT = 156;
    private static final String SPARSE = "a sparse file, which has holes instead of data";

    private @Nullable String longName;
    private @Nullable String paxName;
    private long paxSize;

    private String name = "";
    private long size;
    private boolean isFile;
    private boolean isEnd;

    /**
     * Reads the headers of the next entry.
     *
     * @return the total length of the headers in bytes, or {@code -n} if at least {@code n} bytes must be available
     * @throws IllegalArgumentException if the headers are invalid, or if the type of the entry is not supported. The
     *     message states what is wrong
     */
    int read(byte[] array, int from, int available) {
        longName = null;
        paxName = null;
        paxSize = -1;
        int at = 0;
        long extended = 0;
        String before = ""; // the types of the extended headers read so far
        while (true) {
            if (available - at < BLOCK) {
                return -(at + BLOCK);
            }
            int header = from + at;
            isEnd = isZero(array, header);
            if (isEnd && at > 0) {
                throw new IllegalArgumentException(
                        "expected the header of a file after an extended header, but got none");
            }
            if (isEnd) {
                return BLOCK;
            }
            checkSum(array, header);
            char type = (char) (array[header + TYPE_AT] & 0xff);
            if (type != 'x' && type != 'g' && type != 'L' && type != 'K') {
                entry(array, header, type);
                return at + BLOCK;
            }
            long bytes = number(array, header + 124, 12, "size");
            requireBounded(type, before, bytes, extended);
            before += type;
            extended += bytes;
            int next = at + BLOCK + (int) padded(bytes);
            if (available < next) {
                return -next;
            }
            extension(array, header + BLOCK, (int) bytes, type);
            at = next;
            if (type == 'g') {
                isFile = false;
                size = 0;
                name = "";
                return at;
            }
        }
    }

    private static void requireBounded(char type, String before, long bytes, long extended) {
        if (before.indexOf(type) >= 0 || (type == 'g' && !before.isEmpty())) {
            throw new IllegalArgumentException("expected the header of a file after extended headers of types " + before
                    + ", but got a second one of type " + type);
        }
        if (bytes > MAX_EXTENSION_BYTES - extended) {
            throw new IllegalArgumentException("expected extended headers of at most " + MAX_EXTENSION_BYTES
                    + " bytes before a file, but got one of " + bytes + " bytes after " + extended);
        }
    }

    /** Returns whether the most recently read block consists of zeros. Two such blocks mark the end of an archive. */
    boolean isEnd() {
        return isEnd;
    }

    /**
     * Returns whether the entry is a file. If not, it is a directory, or a header that applies to all later entries.
     */
    boolean isFile() {
        return isFile;
    }

    String name() {
        return name;
    }

    /** Returns the length of the entry's data in bytes. */
    long size() {
        return size;
    }

    /** Rounds a length in bytes up to whole blocks. */
    static long padded(long bytes) {
        return bytes > Long.MAX_VALUE - BLOCK ? bytes : (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }

    private void entry(byte[] array, int at, char type) {
        String own = paxName != null ? paxName : longName != null ? longName : ustarName(array, at);
        boolean directory = type == '5' || (type != '7' && own.endsWith("/"));
        if (type != '0' && type != 0 && type != '7' && !directory) {
            throw new IllegalArgumentException("expected a file, but got " + describe(type) + ", " + KeyText.quoted(own)
                    + ": write archives of regular files only");
        }
        if (own.isEmpty()) {
            throw new IllegalArgumentException("expected the name of a file, but got an empty one");
        }
        name = own;
        isFile = !directory;
        long stated = number(array, at + 124, 12, "size");
        size = paxSize >= 0 ? paxSize : type == '5' ? 0 : stated;
    }

    private static String describe(char type) {
        return switch (type) {
            case '1' -> "a hard link";
            case '2' -> "a symbolic link";
            case '3', '4' -> "a device";
            case '6' -> "a named pipe";
            case 'S' -> SPARSE;
            case 'M' -> "the continuation of a file in another volume";
            case 'V' -> "a volume label";
            case 'D' -> "a directory of an incremental backup";
            default -> String.format(Locale.ROOT, "an entry of the unknown type 0x%02x", (int) type);
        };
    }

    private static String ustarName(byte[] array, int at) {
        String own = text(array, at, 100);
        // the byte after "ustar" is zero in ustar, but a space in GNU's format
        boolean isUstar = array[at + 262] == 0 && text(array, at + 257, 6).equals("ustar");
        String prefix = isUstar ? text(array, at + 345, 155) : "";
        return prefix.isEmpty() ? own : prefix + "/" + own;
    }

    private static String text(byte[] array, int at, int most) {
        int length = 0;
        while (length < most && array[at + length] != 0) {
            length++;
        }
        return utf8(array, at, length);
    }

    private static String utf8(byte[] array, int at, int length) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(array, at, length)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "expected a name in UTF-8, but got " + length
                            + " other bytes, which could be taken for another name",
                    e);
        }
    }

    private void extension(byte[] array, int at, int length, char type) {
        if (type == 'L') {
            longName = text(array, at, length);
        } else if (type == 'x' || type == 'g') {
            pax(array, at, at + length, type == 'g');
        }
    }

    /**
     * Reads pax records of the form {@code length key=value\n}. The length is that of the whole record, including the
     * digits of the length itself.
     */
    private void pax(byte[] array, int from, int to, boolean global) {
        int at = from;
        while (at < to) {
            int space = at;
            int length = 0;
            while (space < to && array[space] != ' ' && length <= MAX_EXTENSION_BYTES) {
                length = 10 * length + digit(array[space++]);
            }
            int equals = space + 1;
            while (equals < to && array[equals] != '=') {
                equals++;
            }
            int end = at + length;
            if (end > to || equals >= end || array[end - 1] != '\n') {
                throw notPax();
            }
            paxRecord(new String(array, space + 1, equals - space - 1, UTF_8), array, equals + 1, end - 1, global);
            at = end;
        }
    }

    /**
     * Applies a pax record. An empty value revokes the value from earlier records, so that the value in the entry's own
     * header is used.
     */
    private void paxRecord(String key, byte[] array, int from, int to, boolean global) {
        boolean sparse = key.startsWith("GNU.sparse.");
        if (sparse || (global && from < to && (key.equals("path") || key.equals("size")))) {
            throw new IllegalArgumentException("expected a file, but got "
                    + (sparse ? SPARSE : "a header that sets the " + key + " of all files"));
        }
        if (key.equals("path")) {
            paxName = from == to ? null : utf8(array, from, to - from);
        } else if (key.equals("size")) {
            long value = 0;
            for (int i = from; i < to; i++) {
                value = Math.min(value, Long.MAX_VALUE / 16) * 10 + digit(array[i]);
            }
            paxSize = from == to ? -1 : value;
        }
    }

    private static int digit(byte b) {
        if (b < '0' || b > '9') {
            throw notPax();
        }
        return b - '0';
    }

    private static IllegalArgumentException notPax() {
        return new IllegalArgumentException(
                "expected records \"length key=value\" in a pax header, but got other bytes");
    }

    private static boolean isZero(byte[] array, int at) {
        for (int i = 0; i < BLOCK; i++) {
            if (array[at + i] != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Verifies a header's checksum. The checksum is the sum of all bytes of the header; the bytes of the checksum
     * itself are treated as spaces. In old archives, the bytes were summed as signed bytes.
     */
    private static void checkSum(byte[] array, int at) {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            byte b = i >= CHECKSUM_AT && i < CHECKSUM_AT + 8 ? (byte) ' ' : array[at + i];
            unsigned += b & 0xff;
            signed += b;
        }
        long stated = number(array, at + CHECKSUM_AT, 8, "checksum");
        if (stated != unsigned && stated != signed) {
            throw new IllegalArgumentException("corrupted header: its checksum is " + Long.toOctalString(unsigned)
                    + ", but the header says " + Long.toOctalString(stated));
        }
    }

    /**
     * Reads a number. Most numbers are written in octal digits. GNU tar writes large numbers in base 256, big-endian.
     */
    private static long number(byte[] array, int at, int length, String what) {
        if ((array[at] & 0x80) != 0) {
            return base256(array, at, length, what);
        }
        int from = at;
        int to = at + length;
        while (from < to && array[from] == ' ') {
            from++;
        }
        long value = 0;
        int i = from;
        for (; i < to && array[i] != 0 && array[i] != ' '; i++) {
            if (array[i] < '0' || array[i] > '7') {
                throw notANumber(array, at, length, what);
            }
            value = 8 * value + array[i] - '0';
        }
        for (; i < to; i++) {
            if (array[i] != 0 && array[i] != ' ') {
                throw notANumber(array, at, length, what);
            }
        }
        return value;
    }

    private static long base256(byte[] array, int at, int length, String what) {
        long value = array[at] & 0x7f;
        for (int i = 1; i < length; i++) {
            if (value > Long.MAX_VALUE >> 8) {
                throw notANumber(array, at, length, what);
            }
            value = value << 8 | (array[at + i] & 0xff);
        }
        return value;
    }

    private static IllegalArgumentException notANumber(byte[] array, int at, int length, String what) {
        return new IllegalArgumentException("expected an octal number as the " + what + ", but got "
                + KeyText.quoted(new String(Arrays.copyOfRange(array, at, at + length), US_ASCII)));
    }
}
