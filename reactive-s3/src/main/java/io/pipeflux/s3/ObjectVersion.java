package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The version of an object that is being read. This is the version that the listing states or, if it states none, the
 * version that the first response states. Every response is compared with it.
 */
final class ObjectVersion {

    /**
     * Matches the header Content-Range. Its unit is not case-sensitive. A store that does not know the size sends
     * {@code *} instead.
     */
    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)", Pattern.CASE_INSENSITIVE);

    private static final String ANY_SIZE = "*";
    private static final String WEAK = "W/";

    private final S3ObjectRef listed;
    private volatile S3ObjectRef known;

    ObjectVersion(S3ObjectRef listed) {
        this.listed = listed;
        this.known = listed;
    }

    /** Returns the object with its size and version, as far as they are known now. */
    S3ObjectRef ref() {
        return known;
    }

    boolean isSized() {
        return known.size() != ObjectBytes.UNKNOWN_SIZE;
    }

    /** Returns whether the object is listed as empty. Its first byte is requested anyway, to verify the listing. */
    boolean isListedEmpty() {
        return listed.size() == 0;
    }

    /** Returns whether this version has the given ETag. Also returns true if this version's ETag is unknown. */
    boolean hasETag(String etag) {
        String expected = known.etag();
        return expected == null || opaque(expected).equals(opaque(etag));
    }

    /** Returns where the size and the ETag come from, for messages. */
    String origin() {
        return listed.equals(known) ? "as listed" : "as first read";
    }

    /**
     * Sets the object's size. Called when a response states the size for the first time. A response with status 416
     * states it, too: the object ends at the requested offset.
     */
    synchronized void endsAt(long size) {
        known = known.known(size, known.etag());
    }

    /**
     * Returns the header {@code If-Match} of a GET, or null. A weak ETag never matches (RFC 9110, 13.1.1), so it is not
     * sent, but only compared with the ETags of the responses. Some listings omit the quotes, so this method adds them.
     */
    @Nullable
    String ifMatch() {
        String etag = known.etag();
        return etag == null || etag.startsWith(WEAK) ? null : "\"" + opaque(etag) + "\"";
    }

    /**
     * Checks a response, and takes the size and the version from it if they are unknown.
     *
     * @param partFrom the offset of the part that contains the range
     * @param unranged whether the request had no range, because it was for the whole object
     * @return the offset of the response's first byte. This is usually the range's first byte. It is 0 if the store has
     *     ignored the range and has sent the whole object, which then fits into the part
     * @throws IOException if the response does not match the request. The request may be sent again
     * @throws io.pipeflux.core.ObjectReadException if the response belongs to a different version or object
     */
    synchronized long check(PartRange range, long partFrom, boolean unranged, GetObjectResponse answer)
            throws IOException {
        if (isListedEmpty()) {
            checkEmpty(answer.contentRange(), answer.contentLength(), answer.eTag() != null);
            checkETag(range, answer.eTag());
            return 0;
        }
        if (answer.contentEncoding() != null && (answer.contentLength() == null || isChunked(answer))) {
            throw wrongAnswer(
                    "the bytes as they are stored, with a Content-Length",
                    "Content-Encoding '" + answer.contentEncoding()
                            + "' without a length, as from a proxy that compresses");
        }
        boolean whole = isWhole(range, partFrom, answer);
        if (!whole && unranged && answer.contentRange() == null) {
            checkUnranged(range, answer);
        } else if (!whole) {
            int length = checkRange(range, answer.contentRange(), answer.eTag() != null);
            checkLength(length, answer.contentLength());
        }
        checkETag(range, answer.eTag());
        return whole ? 0 : range.from();
    }

    /**
     * Returns whether the response was sent without a Content-Length. In this case, the client based on the AWS CRT
     * reports the length of the range as the Content-Length.
     */
    private static boolean isChunked(GetObjectResponse answer) {
        SdkHttpResponse http = answer.sdkHttpResponse();
        return http != null && http.firstMatchingHeader("Transfer-Encoding").isPresent();
    }

    /**
     * Returns whether the store has sent the whole object instead of a range (status 200, see RFC 9110, 14.2). Fails if
     * the whole object does not fit into the part.
     */
    private boolean isWhole(PartRange range, long partFrom, GetObjectResponse answer) {
        Long length = answer.contentLength();
        if (status(answer) != 200 || answer.contentRange() != null || length == null) {
            return false;
        }
        boolean fits = partFrom == 0 && length > range.from() && length <= range.last() + 1;
        if (!isSized() && fits && answer.eTag() != null) {
            endsAt(length);
        }
        if (isSized() ? length != known.size() : answer.eTag() == null) { // perhaps a proxy's login page
            return false;
        }
        if (!fits) {
            throw wrongAnswer(
                    "status 206 with " + range,
                    "200 with all " + length
                            + " bytes: the store ignores ranges, so no part of an object may be smaller"
                            + " than the object (S3ReadOptions.partSize)");
        }
        return true;
    }

    /**
     * Checks the response to a request for the whole object. Not called if {@link #isWhole} has accepted the response.
     */
    private void checkUnranged(PartRange range, GetObjectResponse answer) throws IOException {
        if (status(answer) != 200 && status(answer) != 0) {
            throw new IOException("expected status 200, but got " + status(answer));
        }
        // the ETag is checked first, because a different version may also have a different length
        checkETag(range, answer.eTag());
        checkLength(range.length(), answer.contentLength());
        if (answer.contentLength() == null && answer.eTag() == null) {
            throw new IOException("expected a Content-Length or an ETag, but got neither");
        }
    }

    /** Returns the status of a response, or 0 if the client does not provide it. */
    private static int status(GetObjectResponse answer) {
        SdkHttpResponse http = answer.sdkHttpResponse();
        return http == null ? 0 : http.statusCode();
    }

    /** Compares ETags weakly, because a proxy may have made a strong ETag weak, or changed its quotes. */
    private void checkETag(PartRange range, @Nullable String found) throws IOException {
        String expected = known.etag();
        if (found == null) {
            // the store sends no ETag, or the connection was closed before the end of the header
            requireNoETag(range, expected);
        } else if (expected == null) {
            known = known.known(known.size(), found);
        } else if (!opaque(expected).equals(opaque(found))) {
            // the store may ignore If-Match, but it states the ETag of the version that it sends
            throw changed(found, null);
        }
    }

    /**
     * Accepts a response without an ETag only if no ETag was expected, and if this response contains all bytes of the
     * object. Otherwise, parts of the object could be of different versions.
     */
    private void requireNoETag(PartRange range, @Nullable String expected) throws IOException {
        if (expected != null) {
            throw new IOException("expected ETag " + expected + ", but got none");
        }
        if (range.within(known.size()).length() < known.size()) {
            throw new IOException("expected an ETag, but got none: parts of the object could be of different versions");
        }
    }

    /**
     * Checks the response for an object that is listed as empty. The correct response is status 416, or the whole
     * object with a Content-Length of 0.
     */
    private void checkEmpty(@Nullable String range, @Nullable Long length, boolean tagged) throws IOException {
        if (range != null || (length != null && length > 0 && tagged)) {
            throw wrongAnswer(
                    "no byte, since the object is listed as empty", range != null ? "'" + range + "'" : length + "");
        }
        if (length == null || length > 0) {
            // the connection was closed before the end of the header, or an error was sent with status 200
            throw new IOException("expected Content-Length 0, since the object is listed as empty, but got "
                    + (length == null ? "none" : length));
        }
    }

    /**
     * Returns the number of bytes in the response. It may be smaller than the range (RFC 9110, 15.3.7). In this case,
     * another GET requests the remaining bytes.
     *
     * @param tagged whether the response has an ETag. Without an ETag, only the size can show that this is the listed
     *     object
     */
    private int checkRange(PartRange range, @Nullable String found, boolean tagged) throws IOException {
        if (found == null) {
            // the store sends no ETag, or the connection was closed before the end of the header
            throw new IOException(
                    "expected Content-Range 'bytes " + range.from() + "-" + range.last() + "/...', but got none");
        }
        Matcher stated = CONTENT_RANGE.matcher(found);
        if (!isSized()) {
            if (!stated.matches() || stated.group(3).equals(ANY_SIZE)) {
                throw wrongAnswer("a Content-Range with the object's size", "'" + found + "'");
            }
            endsAt(Long.parseLong(stated.group(3)));
        }
        PartRange expected = range.within(known.size());
        if (!stated.matches()
                || Long.parseLong(stated.group(1)) != expected.from()
                || Long.parseLong(stated.group(2)) < expected.from()
                || Long.parseLong(stated.group(2)) > expected.last()
                || !(stated.group(3).equals(ANY_SIZE) ? tagged : Long.parseLong(stated.group(3)) == known.size())) {
            throw wrongAnswer("Content-Range '" + expected.contentRange(known.size()) + "'", "'" + found + "'");
        }
        return (int) (Long.parseLong(stated.group(2)) - expected.from() + 1);
    }

    private static void checkLength(int expected, @Nullable Long found) throws IOException {
        if (found != null && found != expected) {
            throw new IOException("expected Content-Length " + expected + ", but got " + found);
        }
    }

    /**
     * Creates the error for an object whose version in the store has changed.
     *
     * @param found the ETag of the new version, or null if the store has not stated it
     */
    ObjectReadException changed(@Nullable String found, @Nullable Throwable cause) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.CHANGED,
                "the object changed while it was read: expected ETag " + known.etag() + ", " + origin() + ", but got "
                        + (found == null ? "another (412)" : found) + "; start the epoch again",
                known.name(),
                null,
                cause);
    }

    private ObjectReadException wrongAnswer(String expected, String found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.WRONG_ANSWER,
                "the response does not match the listing: expected " + expected + ", but got " + found,
                known.name(),
                null,
                null);
    }

    /** Returns an ETag without its quotes, and without the prefix {@code W/} of a weak ETag. */
    private static String opaque(String etag) {
        return (etag.startsWith(WEAK) ? etag.substring(WEAK.length()) : etag).replace("\"", "");
    }

    @Override
    public String toString() {
        return known.name();
    }
}
