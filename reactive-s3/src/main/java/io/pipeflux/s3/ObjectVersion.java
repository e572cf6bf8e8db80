package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The version of an object that is read: the listed one or, if the listing does not have it, that of the first answer.
 * Every answer is checked against it.
 */
final class ObjectVersion {

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

    private final S3ObjectRef listed;
    private volatile S3ObjectRef known;

    ObjectVersion(S3ObjectRef listed) {
        this.listed = listed;
        this.known = listed;
    }

    /** Returns the object with the size and version that are known at present. */
    S3ObjectRef ref() {
        return known;
    }

    boolean isSized() {
        return known.size() != ObjectBytes.UNKNOWN_SIZE;
    }

    /**
     * Returns whether the object is listed as empty. Its first byte is requested nevertheless, to verify the listing.
     */
    boolean isListedEmpty() {
        return listed.size() == 0;
    }

    /** Returns the origin of the size and ETag, in messages. */
    String origin() {
        return listed.equals(known) ? "as listed" : "as first read";
    }

    /** Called when the object has no bytes at or after this offset, because the first answer was 416. */
    synchronized void endsAt(long size) {
        known = new S3ObjectRef(known.bucket(), known.key(), size, known.etag());
    }

    /**
     * Checks an answer, and takes the size and version from it if they are unknown.
     *
     * @throws IOException if the answer does not fit the request, which may be sent again
     * @throws io.pipeflux.core.ObjectReadException if the answer is that of another version or object
     */
    synchronized void check(PartRange range, GetObjectResponse answer) throws IOException {
        if (isListedEmpty()) {
            checkEmpty(answer.contentRange(), answer.contentLength());
            checkETag(range, answer.eTag());
            return;
        }
        checkRange(range, answer.contentRange());
        checkLength(range, answer.contentLength());
        checkETag(range, answer.eTag());
    }

    private void checkETag(PartRange range, @Nullable String found) throws IOException {
        String expected = known.etag();
        if (found == null) { // also if the connection was closed during the header
            requireNoETag(range, expected);
        } else if (expected == null) {
            known = new S3ObjectRef(known.bucket(), known.key(), known.size(), found);
        } else if (!unquoted(expected).equals(unquoted(found))) {
            throw changed(found, null); // the store may ignore If-Match, but it states the ETag that it sends
        }
    }

    /** Without an ETag, two answers may be of different versions. So a single answer must have all bytes. */
    private void requireNoETag(PartRange range, @Nullable String expected) throws IOException {
        if (expected != null) {
            throw new IOException("expected ETag " + expected + ", but got none");
        }
        if (range.within(known.size()).length() < known.size()) {
            throw new IOException("expected an ETag, but got none: parts of the object could be of different versions");
        }
    }

    /** Checks the answer for an object that is listed as empty. Correct are 416 and the whole object without bytes. */
    private void checkEmpty(@Nullable String range, @Nullable Long length) throws IOException {
        if (range != null || (length != null && length > 0)) {
            throw wrongAnswer(
                    "no byte, since the object is listed as empty", range != null ? "'" + range + "'" : length + "");
        }
        if (length == null) { // also if the connection was closed during the header
            throw new IOException("expected Content-Length 0, but got none");
        }
    }

    private void checkRange(PartRange range, @Nullable String found) throws IOException {
        if (found == null) { // also if the connection was closed during the header
            throw new IOException("expected Content-Range 'bytes " + range.header() + "/...', but got none");
        }
        if (!isSized()) {
            Matcher range2 = CONTENT_RANGE.matcher(found);
            if (!range2.matches()) {
                throw wrongAnswer("a Content-Range with the object's size", "'" + found + "'");
            }
            endsAt(Long.parseLong(range2.group(3)));
        }
        String expected = range.within(known.size()).contentRange(known.size());
        if (!expected.equals(found)) {
            throw wrongAnswer("Content-Range '" + expected + "'", "'" + found + "'");
        }
    }

    private void checkLength(PartRange range, @Nullable Long found) throws IOException {
        int expected = range.within(known.size()).length();
        if (found != null && found != expected) {
            throw new IOException("expected Content-Length " + expected + ", but got " + found);
        }
    }

    /** @param found the other version's ETag, or null if the store has not stated it */
    ObjectReadException changed(@Nullable String found, @Nullable Throwable cause) {
        return ObjectReadException.of(
                "the object changed while it was read: expected ETag " + known.etag() + ", " + origin() + ", but got "
                        + (found == null ? "another (412)" : found) + "; start the epoch again",
                known.name(),
                null,
                cause);
    }

    private ObjectReadException wrongAnswer(String expected, String found) {
        return ObjectReadException.of(
                "the answer does not fit the listing: expected " + expected + ", but got " + found,
                known.name(),
                null,
                null);
    }

    private static String unquoted(String etag) {
        return etag.replace("\"", "");
    }

    @Override
    public String toString() {
        return known.name();
    }
}
