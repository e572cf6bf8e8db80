package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.JsonTree;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The offsets of an object's records. They are read from a separate, small object: the index. Before an index is used,
 * it is compared with the object that contains the records. If the index is damaged, or belongs to a different object
 * or to an earlier version of the object, a {@link CorruptRecordException} is thrown or emitted. Instances are
 * immutable.
 */
public final class RecordIndex {

    private static final Pattern LINE = Pattern.compile("[0-9]+ [0-9]+");
    private static final String WEAK = "W/";

    /**
     * The maximum size of an index in bytes, which is enough for about five million offsets. Without this limit, an
     * endless response could fill the memory.
     */
    private static final int MOST_BYTES = 64 << 20;

    private final String name;
    private final long size;
    private final @Nullable String etag;
    private final long[] offsets;

    private RecordIndex(String name, long size, @Nullable String etag, long[] offsets) {
        this.name = name;
        this.size = size;
        this.etag = etag;
        this.offsets = offsets;
        for (int i = 0; i < offsets.length; i++) {
            long least = i == 0 ? 0 : offsets[i - 1] + 1;
            if (i == 0 ? offsets[i] != 0 : offsets[i] < least || offsets[i] >= size) {
                throw damaged(
                        name,
                        i == 0
                                ? "offset 0 to be 0, but got " + offsets[i]
                                : "offset " + i + " from " + least + " to " + (size - 1) + ", but got " + offsets[i]);
            }
        }
        if ((offsets.length == 0) != (size == 0)) {
            throw damaged(
                    name, "offsets if the object has bytes, but got " + offsets.length + " for " + size + " bytes");
        }
    }

    /**
     * Reads an index that {@code DatasetWriter.index} has written. The index is JSON, and contains the size and the
     * ETag of the indexed object, and the offset of every n-th record.
     *
     * @param json the bytes of the index
     * @param name the name of the index to use in messages
     * @throws CorruptRecordException if the index is damaged or has a newer format version
     */
    public static RecordIndex of(byte[] json, String name) {
        Objects.requireNonNull(name, "name");
        Object tree;
        try {
            tree = JsonTree.read(json);
        } catch (IllegalArgumentException e) {
            throw CoreAccess.exception(
                    CorruptRecordException.class, ErrorKind.BAD_INDEX, "the index " + e.getMessage(), name, null, e);
        }
        if (!(tree instanceof Map<?, ?> fields)) {
            throw damaged(name, "a JSON object, but got another value");
        }
        long format = number(fields, "format", name);
        if (format != 1) {
            throw damaged(name, "format 1, but got " + format);
        }
        long size = number(fields, "size", name);
        long records = number(fields, "records", name);
        long every = number(fields, "every", name);
        if (!(fields.get("etag") instanceof String etag)) {
            throw damaged(name, "the text etag, but got " + fields.get("etag"));
        }
        if (!(fields.get("offsets") instanceof List<?> list)) {
            throw damaged(name, "the array offsets, but got " + fields.get("offsets"));
        }
        long[] offsets = new long[list.size()];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = whole(list.get(i), "offset " + i, name);
        }
        long expected = every < 1 ? -1 : records / every + (records % every == 0 ? 0 : 1);
        if (expected != offsets.length) {
            throw damaged(
                    name,
                    "an offset for every n-th record, but got " + offsets.length + " for " + records
                            + " records with n = " + every);
        }
        return new RecordIndex(name, size, etag, offsets);
    }

    /**
     * Reads an index that {@code DatasetWriter.index} has written. The result fails with a
     * {@link CorruptRecordException} in the same cases as {@link #of}, and if the index is larger than 64 MiB.
     *
     * @param index the object that contains the index
     */
    public static Mono<RecordIndex> read(ObjectBytes index) {
        return Guarded.defer(index::bytes)
                .collect(ByteArrayOutputStream::new, (bytes, chunk) -> add(bytes, chunk, index.key()))
                .map(bytes -> of(bytes.toByteArray(), index.key()));
    }

    private static void add(ByteArrayOutputStream to, ByteBuffer chunk, String name) {
        if (chunk.remaining() > MOST_BYTES - to.size()) {
            throw damaged(name, "at most " + MOST_BYTES + " bytes, but got more");
        }
        byte[] bytes = new byte[chunk.remaining()];
        chunk.duplicate().get(bytes);
        to.writeBytes(bytes);
    }

    /**
     * Reads an index in the format of {@code tfrecord2idx} (of NVIDIA DALI) and
     * {@code python -m tfrecord.tools.tfrecord2idx}. Such an index has a line {@code offset length} for each record,
     * but no ETag. Therefore, an index that belongs to a different object of the same size is detected only when a
     * range is decoded.
     *
     * @param text the bytes of the index
     * @param name the name of the index to use in messages
     * @throws CorruptRecordException if the index is damaged, for example if a record does not begin where the previous
     *     record ends
     */
    public static RecordIndex ofLines(byte[] text, String name) {
        Objects.requireNonNull(name, "name");
        String[] lines = new String(text, StandardCharsets.ISO_8859_1).split("\r?\n", -1);
        int count = lines[lines.length - 1].isEmpty() ? lines.length - 1 : lines.length;
        long[] offsets = new long[count];
        long end = 0;
        for (int i = 0; i < count; i++) {
            String[] numbers = lines[i].split(" ", -1);
            long length;
            try {
                // checked because parseLong also accepts signs
                if (!LINE.matcher(lines[i]).matches()) {
                    throw new NumberFormatException(lines[i]);
                }
                offsets[i] = Long.parseLong(numbers[0]);
                length = Long.parseLong(numbers[1]);
            } catch (NumberFormatException e) {
                throw damaged(name, "'offset length' in line " + (i + 1) + ", but got '" + lines[i] + "'");
            }
            if (offsets[i] != end || length < 1 || length > Long.MAX_VALUE - end) {
                throw damaged(
                        name,
                        "a record of >= 1 byte at " + end + " in line " + (i + 1) + ", but got '" + lines[i] + "'");
            }
            end += length;
        }
        return new RecordIndex(name, end, null, offsets);
    }

    private static long number(Map<?, ?> fields, String field, String name) {
        return whole(fields.get(field), field, name);
    }

    private static long whole(@Nullable Object value, String what, String name) {
        if ((value instanceof Integer || value instanceof Long) && ((Number) value).longValue() >= 0) {
            return ((Number) value).longValue();
        }
        throw damaged(name, "the number " + what + " >= 0, but got " + value);
    }

    private static CorruptRecordException damaged(String name, String expected) {
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.BAD_INDEX,
                "the index is damaged: expected " + expected + "; write it again",
                name,
                null,
                null);
    }

    /** Fails if the size or the ETag shows that the index belongs to a different object. */
    void requireOf(ObjectBytes object) {
        if (object.size() != size) {
            throw foreign(object, size + " bytes", object.size() + " bytes");
        }
        if (etag != null && object.etag() != null && !strong(etag).equals(strong(object.etag()))) {
            throw foreign(object, "the ETag " + etag, object.etag());
        }
    }

    private CorruptRecordException foreign(ObjectBytes object, String expected, String found) {
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.OTHER_INDEX,
                "the index belongs to a different object, or to an earlier version of it: expected " + expected
                        + ", but " + object.key() + " has " + found + "; write the index again",
                name,
                null,
                null);
    }

    private static String strong(String etag) {
        return etag.startsWith(WEAK) ? etag.substring(WEAK.length()) : etag;
    }

    /** Returns the first indexed offset that is at or after the given offset, or the size if there is none. */
    long next(long offset) {
        int found = Arrays.binarySearch(offsets, offset);
        int at = found >= 0 ? found : -found - 1;
        return at < offsets.length ? offsets[at] : size;
    }

    /** Returns the size of the object in bytes. */
    public long size() {
        return size;
    }

    @Override
    public String toString() {
        return "RecordIndex[" + name + ", " + offsets.length + " offsets of " + size + " bytes]";
    }
}
