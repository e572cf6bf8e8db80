package io.pipeflux.samples.agent;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Texts for terminals and logs, in which names and messages of others may have any characters. */
final class Printable {

    /** Characters that end a line, drive a terminal, change the direction of the text, or are invisible. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

    private Printable() {}

    /** Returns the text as one line, whose control characters are escaped. A text that was escaped remains. */
    static String line(String text) {
        return CONTROL.matcher(text).replaceAll(found -> escaped(found.group()));
    }

    /** Returns a replacement, in which a backslash is written twice. */
    private static String escaped(String control) {
        return control.chars()
                .mapToObj(unit -> String.format(Locale.ROOT, "\\\\u%04x", unit))
                .collect(Collectors.joining());
    }
}
