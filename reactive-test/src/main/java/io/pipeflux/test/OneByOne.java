package io.pipeflux.test;

import java.util.List;
import org.junit.jupiter.api.Assertions;

/** Compares lists of records, and describes only the first difference, because the lists may be long. */
final class OneByOne {

    private static final int BEFORE = 16;
    private static final int AFTER = 64;

    private OneByOne() {}

    /**
     * Compares records that were converted to text.
     *
     * @param where describes the stream that was read, for the message
     */
    static void assertSame(List<String> expected, List<String> got, String where) {
        int both = Math.min(expected.size(), got.size());
        for (int i = 0; i < both; i++) {
            if (!expected.get(i).equals(got.get(i))) {
                int at = firstDifference(expected.get(i), got.get(i));
                Assertions.fail(where + ": expected record " + i + " to be " + excerpt(expected.get(i), at)
                        + ", but got " + excerpt(got.get(i), at) + counts(expected, got));
            }
        }
        if (got.size() > both) {
            Assertions.fail(where + ": expected " + both + " records, but got " + got.size() + ", first of the others "
                    + excerpt(got.get(both), 0));
        }
        if (expected.size() > both) {
            Assertions.fail(where + ": expected " + expected.size() + " records, but got " + both + ", first missing "
                    + excerpt(expected.get(both), 0));
        }
    }

    private static String counts(List<String> expected, List<String> got) {
        return " (expected " + expected.size() + " records, got " + got.size() + ")";
    }

    private static int firstDifference(String one, String other) {
        int at = 0;
        while (at < one.length() && at < other.length() && one.charAt(at) == other.charAt(at)) {
            at++;
        }
        return at;
    }

    /** Returns the part of a text around an index. */
    private static String excerpt(String text, int at) {
        int from = at <= AFTER ? 0 : at - BEFORE;
        int to = Math.min(text.length(), from + BEFORE + AFTER);
        String part = (from > 0 ? "..." : "") + text.substring(from, to) + (to < text.length() ? "..." : "");
        return "[" + part + "]";
    }
}
