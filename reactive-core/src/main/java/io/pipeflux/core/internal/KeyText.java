package io.pipeflux.core.internal;

import java.util.HexFormat;

/** Formats keys, names and other texts for JSON and for messages. Such a text may contain any character. */
public final class KeyText {

    private static final HexFormat HEX = HexFormat.of();
    private static final char REPLACEMENT = '?';

    private KeyText() {}

    /**
     * Returns the longest prefix of a key that needs at most {@code jsonBytes} bytes in a UTF-8 JSON string, including
     * escapes. An unpaired surrogate becomes a question mark, as it does in UTF-8.
     */
    public static String cut(String key, int jsonBytes) {
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
            // 2 for a backslash and a letter, 6 for an escape with four hexadecimal digits
            return "\b\t\n\f\r".indexOf(point) >= 0 ? 2 : 6;
        }
        if (point < 0x80) {
            return point == '"' || point == '\\' ? 2 : 1;
        }
        return point < 0x800 ? 2 : point < Character.MIN_SUPPLEMENTARY_CODE_POINT ? 3 : 4;
    }

    /** Returns the key in quotes. Escapes quotes and backslashes, and everything that {@link #printable} escapes. */
    public static String quoted(String key) {
        return '"' + printable(key.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
    }

    /**
     * Returns the text as one line of visible characters. Line ends, control characters, invisible characters, and
     * characters that change the direction of the text are replaced by escapes such as {@code \}{@code u001b}. A text
     * that was already escaped is returned unchanged.
     */
    public static String printable(String text) {
        if (text.codePoints().allMatch(KeyText::isPrintable)) {
            return text;
        }
        StringBuilder printable = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(point -> {
            if (isPrintable(point)) {
                printable.appendCodePoint(point);
            } else {
                for (char unit : Character.toChars(point)) {
                    printable.append("\\u").append(HEX.toHexDigits(unit));
                }
            }
        });
        return printable.toString();
    }

    private static boolean isPrintable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
