package io.pipeflux.records.json;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The path to a value in a record. It consists of names, indexes and at most one {@code [*]}.
 *
 * @param text the path as the user wrote it
 * @param steps the steps, each a name ({@code String}), an index ({@code Integer}) or {@link #EACH}
 */
record JsonPath(String text, List<Object> steps) {

    /** The step {@code [*]}, which stands for all elements of an array. */
    static final Object EACH = new Object() {
        @Override
        public String toString() {
            return "[*]";
        }
    };

    private static final int MOST_STEPS = 100;

    static JsonPath parse(String text) {
        List<Object> steps = new ArrayList<>();
        int at = 1;
        boolean legal = text.startsWith("$");
        while (legal && at < text.length()) {
            int end = end(text, at);
            Object step = end < 0 ? null : step(text.substring(at, end));
            legal = step != null && !(step == EACH && steps.contains(EACH)) && steps.size() < MOST_STEPS;
            if (legal) {
                steps.add(step);
            }
            at = end;
        }
        if (!legal) {
            throw new IllegalArgumentException("expected a path such as $.name, $.a.b, $['a.b'], $.list[0] or"
                    + " $.list[*].name, with at most one [*] and " + MOST_STEPS + " steps, but got " + text
                    + (text.indexOf('\\') < 0
                            ? ""
                            : ": \\\\ and \\' are the escapes in '...', \\\\ and \\\" in \"...\""));
        }
        return new JsonPath(text, List.copyOf(steps));
    }

    /** Returns the index after the step that begins at index {@code at}, or -1 if no step begins at this index. */
    private static int end(String text, int at) {
        if (text.charAt(at) == '.') {
            int end = at + 1;
            while (end < text.length() && text.charAt(end) != '.' && text.charAt(end) != '[') {
                end++;
            }
            return end > at + 1 ? end : -1;
        }
        if (text.startsWith("['", at) || text.startsWith("[\"", at)) {
            return quotedEnd(text, at + 2, text.charAt(at + 1));
        }
        int close = text.indexOf(']', at);
        return text.charAt(at) == '[' && close > at ? close + 1 : -1;
    }

    private static int quotedEnd(String text, int from, char quote) {
        int at = from;
        while (at < text.length() && text.charAt(at) != quote) {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return text.startsWith("]", at + 1) ? at + 2 : -1;
    }

    private static @Nullable Object step(String part) {
        if (part.charAt(0) == '.') {
            return part.indexOf('\\') < 0 ? part.substring(1) : null;
        }
        if (part.charAt(1) == '\'' || part.charAt(1) == '"') {
            return unescaped(part.substring(2, part.length() - 2), part.charAt(1));
        }
        if (part.equals("[*]")) {
            return EACH;
        }
        return part.matches("\\[[0-9]{1,9}]") ? (Object) Integer.valueOf(part.substring(1, part.length() - 1)) : null;
    }

    /**
     * Returns a name with its escapes replaced. Returns null if a backslash is followed by any character except a
     * backslash or the quote.
     */
    private static @Nullable String unescaped(String written, char quote) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < written.length(); i++) {
            if (written.charAt(i) == '\\') {
                i++;
                if (written.charAt(i) != '\\' && written.charAt(i) != quote) {
                    return null;
                }
            }
            name.append(written.charAt(i));
        }
        return name.toString();
    }

    boolean hasList() {
        return steps.contains(EACH);
    }

    @Override
    public String toString() {
        return text;
    }
}
