package io.pipeflux.s3;

/** The range of an object's bytes that one GET requests. It has at least one byte. */
record PartRange(long from, int length) {

    long last() {
        return from + length - 1;
    }

    /** Returns the value of the request's header {@code Range}. */
    String header() {
        return "bytes=" + from + "-" + last();
    }

    /** Returns the value of the response's header {@code Content-Range} for an object of this size. */
    String contentRange(long size) {
        return "bytes " + from + "-" + last() + "/" + size;
    }

    /**
     * Returns this range without the bytes after the end of an object of this size. The size must be greater than
     * {@code from}.
     */
    PartRange within(long size) {
        return new PartRange(from, (int) Math.min(length, size - from));
    }

    /** Returns the range as text for messages. */
    @Override
    public String toString() {
        return "bytes " + from + " to " + last();
    }
}
