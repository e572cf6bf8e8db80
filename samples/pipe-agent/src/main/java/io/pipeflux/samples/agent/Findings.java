package io.pipeflux.samples.agent;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code pipe-agent doctor} has found, printed line by line as it is found. */
final class Findings {

    private enum Grade {
        /** It works. */
        OK("ok"),
        /** It may matter, but nothing fails because of it. */
        NOTE("note"),
        /** What reading, or writing if that is tried, needs and does not have. */
        FAILED("FAILED"),
        /** It is not known. */
        UNTRIED("untried");

        private final String text;

        Grade(String text) {
            this.text = text;
        }
    }

    private final PrintWriter out;
    private final List<String> bad = new ArrayList<>();

    Findings(PrintWriter out) {
        this.out = out;
    }

    void ok(String subject, String text) {
        add(Grade.OK, subject, text);
    }

    void note(String subject, String text) {
        add(Grade.NOTE, subject, text);
    }

    void failed(String subject, String text) {
        add(Grade.FAILED, subject, text);
    }

    /** Something needed could not be tried, so whether it works is not known. */
    void untried(String subject, String text) {
        add(Grade.UNTRIED, subject, text);
    }

    private void add(Grade grade, String subject, String text) {
        if (grade == Grade.FAILED || grade == Grade.UNTRIED) {
            bad.add(subject);
        }
        out.println(ErrorLine.oneLine(String.format(Locale.ROOT, "%-8s %-24s  %s", grade.text, subject, text)));
        out.flush();
    }

    /** Returns the subjects of what failed or could not be tried, in the order in which they were found. */
    List<String> bad() {
        return List.copyOf(bad);
    }
}
