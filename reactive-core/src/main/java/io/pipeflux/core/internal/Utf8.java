package io.pipeflux.core.internal;

import java.nio.ByteBuffer;

/** Checks whether bytes are valid UTF-8 (RFC 3629). */
public final class Utf8 {

    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

    private Utf8() {}

    public static boolean isLegal(byte[] array, int from, int to) {
        int i = from;
        while (i < to && array[i] >= 0) {
            i++;
        }
        return i == to || isLegal(ByteBuffer.wrap(array), i, to);
    }

    /** Returns whether the bytes of a buffer, from index {@code from} to {@code to - 1}, are valid UTF-8. */
    public static boolean isLegal(ByteBuffer buffer, int from, int to) {
        int i = from;
        while (i < to) {
            if (to - i >= Long.BYTES && (buffer.getLong(i) & NOT_ASCII) == 0) {
                i += Long.BYTES;
                continue;
            }
            int bytes = character(buffer, i, to);
            if (bytes == 0) {
                return false;
            }
            i += bytes;
        }
        return true;
    }

    /**
     * Returns the length in bytes of the character that begins at index {@code i}, or 0 if the character is invalid.
     */
    private static int character(ByteBuffer buffer, int i, int to) {
        int first = buffer.get(i) & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        int bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (first < 0xC2 || first > 0xF4 || i + bytes > to) {
            return 0;
        }
        int second = buffer.get(i + 1) & 0xFF;
        boolean legal = switch (first) {
            // a lower value would be an overlong encoding
            case 0xE0 -> second >= 0xA0;
            // a higher value would be a surrogate
            case 0xED -> second < 0xA0;
            // a lower value would be an overlong encoding
            case 0xF0 -> second >= 0x90;
            // a higher value would be above U+10FFFF
            case 0xF4 -> second < 0x90;
            default -> true;
        };
        for (int k = 1; k < bytes; k++) {
            legal &= (buffer.get(i + k) & 0xC0) == 0x80;
        }
        return legal ? bytes : 0;
    }
}
