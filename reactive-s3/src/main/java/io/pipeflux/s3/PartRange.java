package io.pipeflux.s3;

/** The bytes of an object that one GET asks for; at least one. */
record PartRange(long from, int length) {

    private long last() {
        return from + length - 1;
    }

    /** The request's {@code Range}. */
    String header() {
        return "bytes=" + from + "-" + last();
    }

    /** The {@code Content-Range} of the response, for an object of that size. */
    String contentRange(long size) {
        return "bytes " + from + "-" + last() + "/" + size;
    }

    /** What there is of it in an object of that size, which reaches into it. */
    PartRange within(long size) {
        return new PartRange(from, (int) Math.min(length, size - from));
    }

    /** As messages say it. */
    @Override
    public String toString() {
        return "bytes " + from + " to " + last();
    }
}
