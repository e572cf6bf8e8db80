package io.pipeflux.samples.training.input;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Texts for terminals and logs, in which names and messages of others may have any characters. */
public final class Printable {

    /** Characters that end a line, drive a terminal, change the direction of the text, or are invisible. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    private static final String KEPT = "\r\n\t";

    private Printable() {}

    /** Returns the text as one line, whose control characters are escaped. A text that was escaped remains. */
    public static String line(String text) {
        return CONTROL.matcher(text).replaceAll(found -> escaped(found.group()));
    }

    /** Returns a text of several lines, such as a stack trace, whose other control characters are escaped. */
    public static String lines(String text) {
        return CONTROL.matcher(text)
                .replaceAll(found -> KEPT.contains(found.group()) ? found.group() : escaped(found.group()));
    }

    /** Returns a replacement, in which a backslash is written twice. */
    private static String escaped(String control) {
        return control.chars()
                .mapToObj(unit -> String.format(Locale.ROOT, "\\\\u%04x", unit))
                .collect(Collectors.joining());
    }
}
