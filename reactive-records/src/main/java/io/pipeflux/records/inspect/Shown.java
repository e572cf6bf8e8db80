package io.pipeflux.records.inspect;

import io.pipeflux.core.internal.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Formats values for people to read. */
final class Shown {

    private static final int MOST_VALUES = 6;
    private static final int MOST_BYTES = 12;

    private Shown() {}

    static String list(List<?> values) {
        String first = values.stream().limit(MOST_VALUES).map(String::valueOf).collect(Collectors.joining(", "));
        return values.size() > MOST_VALUES ? first + ", ..." : first;
    }

    static String bytes(byte[] bytes) {
        if (Utf8.isLegal(bytes, 0, bytes.length)) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r')) {
                return text(text);
            }
        }
        byte[] first = Arrays.copyOf(bytes, Math.min(bytes.length, MOST_BYTES));
        return bytes.length + " bytes " + HexFormat.ofDelimiter(" ").formatHex(first)
                + (bytes.length > MOST_BYTES ? " ..." : "");
    }

    static String text(String text) {
        return quoted(text, false);
    }

    /**
     * Returns the text as a string literal. The literal is valid in Kotlin if {@code kotlin} is true, otherwise in Java
     * and JSON.
     */
    static String quoted(String text, boolean kotlin) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\' || (kotlin && c == '$')) {
                quoted.append('\\').append(c);
            } else if (c == '\n') {
                quoted.append("\\n");
            } else if (c == '\r') { // javac would read a Unicode escape of CR as the end of the line
                quoted.append("\\r");
            } else if (c < ' ' || c == 127 || Character.isSurrogate(c) || (c > 127 && !Character.isLetterOrDigit(c))) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
