package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.s3.CommonFailures.Failure;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Creates the errors of listing and reading. The error messages state, in one line, what has failed and what to check.
 */
final class ReadFailures {

    private ReadFailures() {}

    /** @param given the prefix as the user wrote it */
    static ObjectReadException noObject(S3AsyncClient client, S3Uri uri, String given) {
        boolean plus = S3Uri.isUrl(given) && uri.prefix().indexOf('+') >= 0 && given.indexOf('+') >= 0;
        return error(
                ErrorKind.NO_OBJECTS,
                "no object under " + uri + " at " + CommonFailures.endpoint(client)
                        + ": check the prefix; a channel needs at least one object"
                        + (plus
                                ? ". The + in the URL was taken literally: if it stands for a blank, as in URLs of"
                                        + " AWS's console, write %20"
                                : ""),
                null,
                null);
    }

    static ObjectReadException noEntry(S3Uri manifest) {
        return error(
                ErrorKind.NO_OBJECTS,
                "the manifest lists nothing: a channel needs at least one object",
                manifest.toString(),
                null);
    }

    /** Creates the error for a failed listing of a prefix. */
    static ObjectReadException listing(S3AsyncClient client, S3Uri uri, Throwable error) {
        Throwable e = S3Failures.unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        Failure known = CommonFailures.common(client, uri.bucket(), e, "s3:ListBucket on the bucket");
        return error(
                known == null ? ErrorKind.NOT_LISTED : known.kind(),
                known != null
                        ? known.what()
                        : "listing at " + CommonFailures.endpoint(client) + " failed: " + S3Failures.firstLine(e)
                                + firstTry(e),
                uri.toString(),
                e);
    }

    /**
     * Returns the failure of the first try as text. After a refused connection, the next try may fail because the
     * client's pool has no connection. This second failure then hides the real one, which the SDK keeps only as a
     * suppressed exception.
     */
    private static String firstTry(Throwable e) {
        Throwable[] earlier = e.getSuppressed();
        return earlier.length == 0 ? "" : "; before that: " + S3Failures.firstLine(earlier[0]);
    }

    /** Creates the error for an incorrect page of a listing. */
    static ObjectReadException listed(S3Uri uri, long page, String expected, String found) {
        return error(
                ErrorKind.WRONG_LISTING,
                "page " + page + " of the store's listing cannot be right: expected " + expected + ", but got " + found
                        + "; reading on could miss objects, or read some twice. Check the store's ListObjectsV2,"
                        + " and proxies before it",
                uri.toString(),
                null);
    }

    /**
     * Creates the error for a failed HEAD of a manifest, or of an object that a manifest names. The response to a HEAD
     * has no body that explains the failure.
     */
    static ObjectReadException head(S3AsyncClient client, S3ObjectRef object, Throwable error) {
        Throwable e = S3Failures.unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        int status = e instanceof AwsServiceException service ? service.statusCode() : 0;
        Failure what = switch (status) {
            case 404 ->
                new Failure(
                        ErrorKind.NO_OBJECTS,
                        "there is no such object, or no such bucket, at " + CommonFailures.endpoint(client) + " (404)");
            case 401, 403 ->
                new Failure(
                        ErrorKind.DENIED,
                        "access was denied, or the credentials were refused, at " + CommonFailures.endpoint(client)
                                + " (" + status
                                + "): the credentials need s3:GetObject on the object, and s3:ListBucket on the bucket"
                                + " to find out that an object is missing");
            default -> CommonFailures.common(client, object.bucket(), e, "s3:GetObject on the object");
        };
        return error(
                what == null ? ErrorKind.NOT_READ : what.kind(),
                what != null
                        ? what.what()
                        : "could not read the object's size and ETag from " + CommonFailures.endpoint(client) + ": "
                                + S3Failures.firstLine(e),
                object.toString(),
                e);
    }

    /** Creates the error for a response to a HEAD that does not state the object's length. */
    static ObjectReadException unsized(S3ObjectRef object, @Nullable Long found) {
        return error(
                ErrorKind.WRONG_ANSWER,
                "the answer to a HEAD cannot be right: expected the object's Content-Length, but got "
                        + (found == null ? "none" : found) + "; check the store, and proxies before it",
                object.toString(),
                null);
    }

    /** Creates the error for a part of an object that could not be read. */
    static ObjectReadException reading(S3AsyncClient client, ObjectVersion version, PartRange range, Throwable error) {
        Throwable e = S3Failures.unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        S3ObjectRef object = version.ref();
        if (e instanceof ChecksumMismatch) {
            return error(
                    ErrorKind.ALTERED,
                    "in every try, the bytes that arrived were not those that were stored:  " + S3Failures.firstLine(e),
                    object.name(),
                    e);
        }
        int status = S3Failures.status(e);
        if (status == 412) {
            return version.changed(null, e);
        }
        Failure what = status == 404 && !S3Failures.isMissingBucket(e)
                ? new Failure(
                        ErrorKind.CHANGED,
                        "the object is gone: expected " + expected(version) + ", but got none (404 "
                                + S3Failures.code(e) + ")")
                : S3Failures.isBeyondEnd(e)
                        ? new Failure(
                                ErrorKind.CHANGED,
                                "the object is shorter than listed: expected " + object.size()
                                        + " bytes, but got fewer (416 " + S3Failures.code(e) + " for " + range + ")")
                        : CommonFailures.common(client, object.bucket(), e, "s3:GetObject on the object");
        return error(
                what == null ? ErrorKind.NOT_READ : what.kind(),
                what != null
                        ? what.what()
                        : "expected " + range + " of " + (object.size() < 0 ? "unknown size" : object.size()) + " from "
                                + CommonFailures.endpoint(client) + ", but the last try got: "
                                + S3Failures.firstLine(e),
                object.name(),
                e);
    }

    private static String expected(ObjectVersion version) {
        long size = version.ref().size();
        return size < 0 ? "one, as the manifest says" : size + " bytes, " + version.origin();
    }

    /** Creates the error for an object whose checksum could not be requested. */
    static ObjectReadException checksum(ObjectVersion version, Throwable error) {
        Throwable e = S3Failures.unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        if (S3Failures.status(e) == 412) {
            return version.changed(null, e);
        }
        return error(
                S3Failures.status(e) == 404 ? ErrorKind.CHANGED : ErrorKind.NOT_READ,
                S3Failures.status(e) == 404
                        ? "the object is gone: expected its checksum, but got none (404)"
                        : "expected the object's checksum, but the last HEAD got: " + S3Failures.firstLine(e)
                                + "; S3ReadOptions.checksums(OFF) reads without",
                version.ref().name(),
                e);
    }

    /** Creates the error for an object whose emitted bytes differ from the stored ones. */
    static ObjectReadException altered(ObjectVersion version, StatedChecksum expected, String found) {
        return error(
                ErrorKind.ALTERED,
                "the object's " + version.ref().size() + " bytes are not those that were stored: expected " + expected
                        + ", but got " + found + "; its records were handed on, but cannot be trusted: go back to a"
                        + " resume point before this object, or at its byte 0",
                version.ref().name(),
                null);
    }

    /** Creates the error for an object in which the emitted bytes of one uploaded part differ from the stored ones. */
    static ObjectReadException alteredPart(ObjectVersion version, long from, long to, String expected, String found) {
        return error(
                ErrorKind.ALTERED,
                "the object's bytes " + from + " to " + (to - 1) + " are not those that were stored: expected "
                        + expected + ", but got " + found + "; the records from there on were handed on, but cannot be"
                        + " trusted: go back to a resume point before this object, or at most at its byte " + from,
                version.ref().name(),
                null);
    }

    /** Creates the error for an object that must be verified, but cannot be. */
    static ObjectReadException unverifiable(ObjectVersion version, String reason) {
        return error(
                ErrorKind.NOT_VERIFIED,
                "expected a checksum to verify the object by, as S3ReadOptions.checksums(REQUIRE) demands, but got"
                        + " none: " + reason,
                version.ref().name(),
                null);
    }

    /** Creates the error for an object that must be verified, but is not read as a whole. */
    static ObjectReadException notWhole(S3ObjectRef object, long from, long to) {
        return error(
                ErrorKind.NOT_VERIFIED,
                "expected a read of the whole object, but got one from byte " + from
                        + (to < object.size() ? " to byte " + to : "")
                        + ": the checksum of an object does not verify a part of it. Resume with"
                        + " S3ReadOptions.checksums(WHEN_AVAILABLE), or at a point before the object",
                object.name(),
                null);
    }

    /** @param where the object or the prefix, or null if the message names it */
    private static ObjectReadException error(
            ErrorKind kind, String message, @Nullable String where, @Nullable Throwable cause) {
        return CoreAccess.exception(ObjectReadException.class, kind, message, where, null, cause);
    }
}
