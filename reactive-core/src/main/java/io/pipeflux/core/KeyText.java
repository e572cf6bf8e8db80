package io.pipeflux.core;

import java.util.Locale;

/** Formats keys, which may contain any character, for JSON and for messages. */
final class KeyText {

    private static final char REPLACEMENT = '?';

    private KeyText() {}

    /**
     * Returns the longest prefix of a key that needs at most {@code jsonBytes} bytes in a JSON string in UTF-8, escapes
     * included. An unpaired surrogate becomes a question mark, as in UTF-8.
     */
    static String cut(String key, int jsonBytes) {
        StringBuilder cut = new StringBuilder(Math.min(key.length(), jsonBytes));
        int left = jsonBytes;
        for (int at = 0; at < key.length(); ) {
            int point = key.codePointAt(at);
            at += Character.charCount(point);
            int valid = isSurrogate(point) ? REPLACEMENT : point;
            left -= jsonBytes(valid);
            if (left < 0) {
                break;
            }
            cut.appendCodePoint(valid);
        }
        return cut.toString();
    }

    private static boolean isSurrogate(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    }

    private static int jsonBytes(int point) {
        if (point < ' ') {
            return "\b\t\n\f\r".indexOf(point) >= 0 ? 2 : 6; // backslash and letter, or \ u 0 0 1 f
        }
        if (point < 0x80) {
            return point == '"' || point == '\\' ? 2 : 1;
        }
        return point < 0x800 ? 2 : point < Character.MIN_SUPPLEMENTARY_CODE_POINT ? 3 : 4;
    }

    /**
     * Returns the key in quotes, with control characters and line separators escaped, so that it cannot break a log
     * line.
     */
    static String quoted(String key) {
        StringBuilder quoted = new StringBuilder(key.length() + 2).append('"');
        key.codePoints().forEach(point -> {
            if (Character.isISOControl(point) || point == 0x2028 || point == 0x2029 || isSurrogate(point)) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", point));
            } else {
                if (point == '"' || point == '\\') {
                    quoted.append('\\');
                }
                quoted.appendCodePoint(point);
            }
        });
        return quoted.append('"').toString();
    }
}
