package io.pipeflux.samples.training.input;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Escapes untrusted text, such as names and messages from other systems, before it is written to terminals and logs.
 */
public final class Printable {

    /** Characters that end a line, control a terminal, change the direction of text, or are invisible. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    private static final String KEPT = "\r\n\t";

    private Printable() {}

    /** Returns the text as one line with escaped control characters. Text that is already escaped does not change. */
    public static String line(String text) {
        return CONTROL.matcher(text).replaceAll(found -> escaped(found.group()));
    }

    /** Escapes a text of several lines, such as a stack trace. Line ends and tabs are not escaped. */
    public static String lines(String text) {
        return CONTROL.matcher(text)
                .replaceAll(found -> KEPT.contains(found.group()) ? found.group() : escaped(found.group()));
    }

    /**
     * Returns the escape sequence for a control character. Backslashes are doubled, because {@code replaceAll}
     * interprets them.
     */
    private static String escaped(String control) {
        return control.chars()
                .mapToObj(unit -> String.format(Locale.ROOT, "\\\\u%04x", unit))
                .collect(Collectors.joining());
    }
}
