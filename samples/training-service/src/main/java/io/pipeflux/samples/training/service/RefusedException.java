package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/** Signals that the service refuses a request. The message states what was expected. */
public final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int MOST_SHOWN = 100;

    /** The reasons for which a request is refused. */
    public enum Reason {
        /** The request is wrong. */
        INVALID,
        /** There is no such job. */
        UNKNOWN,
        /** The job is in a state that does not allow the request. */
        STATE,
        /** The service has reached one of its limits. */
        FULL,
        /** The request is too long. */
        LARGE,
        /** The request took too long to arrive. */
        SLOW
    }

    private final Reason reason;
    private final @Nullable String field;
    private final String what;

    private RefusedException(Reason reason, @Nullable String field, String what) {
        // without a stack trace, because the client does not see it
        super((field == null ? "" : field + ": ") + what, null, false, false);
        this.reason = reason;
        this.field = field;
        this.what = what;
    }

    /** Throws a {@link RefusedException} unless {@code right} is true. */
    static void require(boolean right, @Nullable String field, String expected, @Nullable Object got) {
        if (!right) {
            throw invalid(field, expected, got);
        }
    }

    /**
     * Returns the exception for a wrong request.
     *
     * @param field the path of the wrong field, such as {@code schema}, or null
     */
    public static RefusedException invalid(@Nullable String field, String expected, @Nullable Object got) {
        return new RefusedException(Reason.INVALID, field, "expected " + expected + ", but got " + shown(got));
    }

    /** Returns a copy of this exception with {@code outer} in front of the field's path. */
    RefusedException inside(String outer) {
        return outer.isEmpty() ? this : new RefusedException(reason, outer + "." + field, what);
    }

    static RefusedException body(Reason reason, String expected) {
        return new RefusedException(reason, null, "expected " + expected);
    }

    static RefusedException unknown(String id) {
        return new RefusedException(Reason.UNKNOWN, null, "expected the id of a job, but got " + shown(id));
    }

    static RefusedException state(String expected, String got) {
        return new RefusedException(Reason.STATE, null, "expected " + expected + ", but got " + got);
    }

    static RefusedException full(String expected) {
        return new RefusedException(Reason.FULL, null, "expected " + expected + ", but there are as many; try later");
    }

    private static String shown(@Nullable Object got) {
        String text = got == null || got.equals("")
                ? "nothing"
                : got instanceof CharSequence ? got.toString() : Json.text(got);
        return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "...";
    }

    /** Returns the reason for the refusal. */
    public Reason reason() {
        return reason;
    }

    /** Returns the path of the wrong field, such as {@code channels.train.uri}, or null. */
    public @Nullable String field() {
        return field;
    }
}
