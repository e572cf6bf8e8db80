package io.pipeflux.samples.agent;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The findings of {@code pipe-agent doctor}. Each finding states whether a subject, such as the clock, works. Findings
 * are printed immediately, one per line.
 */
final class Findings {

    private enum Grade {
        /** The subject works. */
        OK("ok"),
        /** The finding may matter, but nothing fails because of it. */
        NOTE("note"),
        /** The subject does not work, so reading (or writing, if it is also tested) will fail. */
        FAILED("FAILED"),
        /** The subject could not be tested. */
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

    /** Reports that a required subject could not be tested. */
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

    /** Returns the subjects that failed or could not be tested, in the order in which they were found. */
    List<String> bad() {
        return List.copyOf(bad);
    }
}
