package io.pipeflux.records;

import io.pipeflux.records.DetectedFormat.Payload;

/**
 * Detects the type of a protobuf message from its first map entry, which every protobuf library writes in the same way.
 * The type is accepted only if the lengths of the nested fields are consistent. Only the first bytes of a record are
 * needed.
 *
 * <pre>
 *   tf.train.Example     0a n       0a n    0a n key   12 n      0a|12|1a n ...
 *                        features   entry              Feature   bytes, float or int64 list
 *   aialgs.data.Record              0a n    0a n key   12 n      12|1a|3a|4a n ...
 *                                   entry              Value     float32, float64, int32 tensor or bytes
 *
 *   n is the length of a field's content
 * </pre>
 */
final class PayloadProbe {

    private static final int FIELD_1 = 0x0a;
    private static final int FIELD_2 = 0x12;
    private static final int FIELD_3 = 0x1a;
    private static final int FIELD_7 = 0x3a;
    private static final int FIELD_9 = 0x4a;

    private final byte[] bytes;
    private int at;

    private PayloadProbe(byte[] bytes, int from) {
        this.bytes = bytes;
        this.at = from;
    }

    /**
     * Detects the type of a payload.
     *
     * @param bytes the bytes that contain the payload; the end of the payload may be missing
     * @param from the index in {@code bytes} at which the payload begins
     */
    static Payload of(byte[] bytes, int from) {
        if (new PayloadProbe(bytes, from).isExample()) {
            return Payload.TF_EXAMPLE;
        }
        return new PayloadProbe(bytes, from).isAialgsRecord() ? Payload.AIALGS_RECORD : Payload.UNKNOWN;
    }

    private boolean isExample() {
        long features = field(FIELD_1);
        long inside = at + features;
        long entry = field(FIELD_1);
        return features > 0 && entry > 0 && at + entry <= inside && isEntry(entry, FIELD_1, FIELD_2, FIELD_3);
    }

    private boolean isAialgsRecord() {
        long entry = field(FIELD_1);
        return entry > 0 && isEntry(entry, FIELD_2, FIELD_3, FIELD_7, FIELD_9);
    }

    /**
     * Returns whether the next {@code length} bytes are the content of a map entry: a key, followed by a message that
     * consists of a single field with one of the given tags.
     */
    private boolean isEntry(long length, int... tags) {
        long end = at + length;
        long key = field(FIELD_1);
        if (key < 0 || at + key > end || at + key >= bytes.length) {
            return false;
        }
        at += (int) key;
        long value = field(FIELD_2);
        if (value < 0 || at + value != end) {
            return false;
        }
        for (int tag : tags) {
            if (at < bytes.length && (bytes[at] & 0xff) == tag) {
                long content = field(tag);
                return content >= 0 && at + content == end;
            }
        }
        return false;
    }

    /**
     * Reads the tag and the length of a field, and returns the length. Returns -1 if the next byte is a different tag,
     * or if there are no more bytes.
     */
    private long field(int tag) {
        if (at >= bytes.length || (bytes[at] & 0xff) != tag) {
            return -1;
        }
        at++;
        long length = 0;
        for (int shift = 0; shift < Integer.SIZE && at < bytes.length; shift += 7) {
            byte next = bytes[at++];
            length |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return length;
            }
        }
        return -1;
    }
}
