package io.pipeflux.records.example;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads protobuf's wire format (protobuf.dev/programming-guides/encoding) from a record. The reader works like a
 * cursor, and never reads beyond the end of the current message. An instance can be used for many records. Not
 * thread-safe.
 *
 * <pre>{@code
 *   field    | tag: varint of (number << 3 | type) | value |
 *
 *   type 0   varint: 7 bits per byte, lowest first; the top bit is set in all bytes but the last; at most 10 bytes
 *   type 1   8 bytes        type 5   4 bytes
 *   type 2   varint of a length, then that many bytes
 *   type 3   fields up to the tag with the same number and type 4
 * }</pre>
 */
final class WireReader {

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int START_GROUP = 3;
    static final int END_GROUP = 4;
    static final int FIXED32 = 5;

    private static final int MAX_GROUPS = 64;
    private static final int MAX_VARINT_BITS = 64;
    private static final byte[] NOTHING = {};

    private final String message;
    private @Nullable RawRecord record;
    private byte[] array = NOTHING;
    private int position;
    private int end;
    private @Nullable String feature;

    /**
     * Creates a reader.
     *
     * @param message the name of the protobuf message type, for error messages
     */
    WireReader(String message) {
        this.message = message;
    }

    static int tag(int number, int type) {
        return number << 3 | type;
    }

    void start(RawRecord next) {
        record = next;
        array = next.array();
        position = next.arrayOffset();
        end = position + next.size();
        feature = null;
    }

    /** Drops the reference to the record. */
    void stop() {
        record = null;
        array = NOTHING;
        position = 0;
        end = 0;
    }

    /** Sets the name of the current feature for error messages. */
    void reading(@Nullable String name) {
        feature = name;
    }

    byte[] array() {
        return array;
    }

    /** Returns the index in {@link #array} of the next byte. */
    int position() {
        return position;
    }

    /** Returns the index in {@link #array} after the last byte of the current message. */
    int end() {
        return end;
    }

    /** Moves to an index in the current message. */
    void move(int to) {
        position = to;
    }

    /** Returns whether the current message has unread bytes. */
    boolean more() {
        return position < end;
    }

    /** Reads a tag. The result is never 0. */
    int tag() {
        long tag = varint();
        if (tag < tag(1, 0) || tag > 0xFFFF_FFFFL) {
            throw corrupt("a field has the invalid tag " + Long.toUnsignedString(tag));
        }
        return (int) tag;
    }

    long varint() {
        if (position < end && array[position] >= 0) {
            return array[position++];
        }
        long value = 0;
        for (int shift = 0; shift < MAX_VARINT_BITS; shift += 7) {
            if (position == end) {
                throw corrupt("a varint is cut off");
            }
            byte next = array[position++];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw corrupt("a varint has more than 10 bytes");
    }

    /** Reads a length, and checks that the current message has at least that number of unread bytes. */
    int length() {
        long length = varint();
        if (length < 0 || length > end - position) {
            throw corrupt(
                    "a length of " + Long.toUnsignedString(length) + " where " + (end - position) + " bytes are left");
        }
        return (int) length;
    }

    /**
     * Reads a length, and enters the message that follows. Returns the end of the outer message. The caller must pass
     * this end to {@link #leave}.
     */
    int enter() {
        int length = length();
        int outer = end;
        end = position + length;
        return outer;
    }

    /**
     * Leaves a message after it has been read completely.
     *
     * @param outer the result of {@link #enter}
     */
    void leave(int outer) {
        end = outer;
    }

    void advance(int count) {
        if (count > end - position) {
            throw corrupt("a value of " + count + " bytes where " + (end - position) + " are left");
        }
        position += count;
    }

    /**
     * Reads the floats or doubles of field {@code number}. The field is either a single value or a packed list.
     *
     * @param tag the tag that has been read
     * @param number the expected field number
     * @param bytes the length of a value in bytes
     * @return false if the tag does not belong to the expected field; in this case nothing has been read
     */
    boolean floats(int tag, int number, int bytes, ValueSink sink) {
        int length;
        if (tag == tag(number, LENGTH)) {
            length = length();
        } else if (tag == tag(number, bytes == Float.BYTES ? FIXED32 : FIXED64)) {
            length = bytes;
        } else {
            return false;
        }
        if (length % bytes != 0) {
            throw corrupt(
                    "a packed list of " + (bytes == Float.BYTES ? "floats" : "doubles") + " has " + length + " bytes");
        }
        int at = position;
        advance(length);
        sink.floats(array, at, length / bytes);
        return true;
    }

    /**
     * Reads the integers of field {@code number}. The field is either a single value or a packed list. Returns false
     * and reads nothing if {@code tag} is not a tag of this field.
     */
    boolean integers(int tag, int number, ValueSink sink) {
        if (tag == tag(number, LENGTH)) {
            int outer = enter();
            while (more()) {
                sink.integer(varint());
            }
            leave(outer);
            return true;
        }
        if (tag == tag(number, VARINT)) {
            sink.integer(varint());
            return true;
        }
        return false;
    }

    /**
     * Reads the byte string of field {@code number}. Returns false and reads nothing if {@code tag} is not the tag of
     * this field.
     */
    boolean bytes(int tag, int number, ValueSink sink) {
        if (tag != tag(number, LENGTH)) {
            return false;
        }
        int lengthAt = position;
        int length = length();
        sink.bytes(array, lengthAt, position, length);
        advance(length);
        return true;
    }

    /** Skips the value of a field. */
    void skip(int tag) {
        skip(tag, MAX_GROUPS);
    }

    private void skip(int tag, int groups) {
        switch (tag & 7) {
            case VARINT -> varint();
            case FIXED64 -> advance(Long.BYTES);
            case LENGTH -> advance(length());
            case START_GROUP -> skipGroup(tag + END_GROUP - START_GROUP, groups);
            case FIXED32 -> advance(Integer.BYTES);
            case END_GROUP -> throw corrupt("a group ends that has not begun");
            default -> throw corrupt("a field has the invalid wire type " + (tag & 7));
        }
    }

    private void skipGroup(int last, int groups) {
        if (groups == 0) {
            throw corrupt("groups are nested more than " + MAX_GROUPS + " deep");
        }
        for (int tag = tag(); tag != last; tag = tag()) {
            skip(tag, groups - 1);
        }
    }

    /** Returns an exception for invalid bytes before the current index. */
    CorruptRecordException corrupt(String what) {
        RawRecord at = Objects.requireNonNull(record);
        String where = feature == null ? "" : " in feature \"" + feature + "\"";
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.BAD_PAYLOAD,
                "Can't parse serialized " + message + ": " + what + ", before byte " + (position - at.arrayOffset())
                        + " of the record" + where,
                at.source(),
                at.position(),
                null);
    }
}
