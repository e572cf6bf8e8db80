package io.pipeflux.records.example;

/** Tells legal UTF-8 (RFC 3629) from other bytes. */
final class Utf8 {

    private Utf8() {}

    static boolean isLegal(byte[] array, int from, int to) {
        int i = from;
        while (i < to && array[i] >= 0) {
            i++;
        }
        while (i < to) {
            int bytes = character(array, i, to);
            if (bytes == 0) {
                return false;
            }
            i += bytes;
        }
        return true;
    }

    /** The length in bytes of the character at {@code i}, 0 if it is not legal. */
    private static int character(byte[] array, int i, int to) {
        int first = array[i] & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        int bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (first < 0xC2 || first > 0xF4 || i + bytes > to) {
            return 0;
        }
        int second = array[i + 1] & 0xFF;
        boolean legal = switch (first) {
            case 0xE0 -> second >= 0xA0; // less is overlong
            case 0xED -> second < 0xA0; // more is a surrogate
            case 0xF0 -> second >= 0x90; // less is overlong
            case 0xF4 -> second < 0x90; // more is above U+10FFFF
            default -> true;
        };
        for (int k = 1; k < bytes; k++) {
            legal &= (array[i + k] & 0xC0) == 0x80;
        }
        return legal ? bytes : 0;
    }
}
