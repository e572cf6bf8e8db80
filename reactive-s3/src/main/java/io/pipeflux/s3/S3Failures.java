package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.ClientClosedException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Converts failures of the client to errors. The error messages state, in one line, what has failed and what to check.
 */
final class S3Failures {

    private static final Set<Integer> PASSING_STATUS = Set.of(408, 429);

    /**
     * The error codes of failures that may be transient, regardless of the HTTP status. For a long request, such as
     * CompleteMultipartUpload, the store sends status 200 before it has finished, and may then report a failure.
     */
    private static final Set<String> PASSING_CODES =
            Set.of("RequestTimeout", "InternalError", "ServiceUnavailable", "SlowDown", "OperationAborted");

    private static final String NO_CODE = "without a code";

    /**
     * The error codes for credentials that have expired or were replaced. The next try gets new credentials from the
     * provider.
     */
    private static final Set<String> REFUSING_CODES = Set.of(
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "InvalidToken",
            "TokenRefreshRequired",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch");

    private S3Failures() {}

    /** @param given the prefix in the form in which the user has given it */
    static ObjectReadException noObject(S3AsyncClient client, S3Uri uri, String given) {
        boolean plus = S3Uri.isUrl(given) && uri.prefix().indexOf('+') >= 0 && given.indexOf('+') >= 0;
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.NO_OBJECTS,
                "no object under " + uri + " at " + endpoint(client)
                        + ": check the prefix; a channel needs at least one object"
                        + (plus
                                ? ". The + in the URL was taken literally: if it stands for a blank, as in URLs of"
                                        + " AWS's console, write %20"
                                : ""),
                null,
                null,
                null);
    }

    static ObjectReadException noEntry(S3Uri manifest) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.NO_OBJECTS,
                "the manifest lists nothing: a channel needs at least one object",
                manifest.toString(),
                null,
                null);
    }

    /** Creates the error for a failed listing of a prefix. */
    static ObjectReadException listing(S3AsyncClient client, S3Uri uri, Throwable error) {
        Throwable e = unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        Failure known = common(client, uri.bucket(), e, "s3:ListBucket on the bucket");
        return CoreAccess.exception(
                ObjectReadException.class,
                known == null ? ErrorKind.NOT_LISTED : known.kind(),
                known != null
                        ? known.what()
                        : "listing at " + endpoint(client) + " failed: " + firstLine(e) + firstTry(e),
                uri.toString(),
                null,
                e);
    }

    /** Creates the error for an incorrect page of a listing. */
    static ObjectReadException listed(S3Uri uri, long page, String expected, String found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.WRONG_LISTING,
                "page " + page + " of the store's listing cannot be right: expected " + expected + ", but got " + found
                        + "; reading on could miss objects, or read some twice. Check the store's ListObjectsV2,"
                        + " and proxies before it",
                uri.toString(),
                null,
                null);
    }

    /**
     * Creates the error for a failed HEAD of a manifest, or of an object that a manifest names. The response to a HEAD
     * has no body that explains the failure.
     */
    static ObjectReadException head(S3AsyncClient client, S3ObjectRef object, Throwable error) {
        Throwable e = unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        int status = e instanceof AwsServiceException service ? service.statusCode() : 0;
        Failure what = switch (status) {
            case 404 ->
                new Failure(
                        ErrorKind.NO_OBJECTS,
                        "there is no such object, or no such bucket, at " + endpoint(client) + " (404)");
            case 401, 403 ->
                new Failure(
                        ErrorKind.DENIED,
                        "access was denied, or the credentials were refused, at " + endpoint(client) + " (" + status
                                + "): the credentials need s3:GetObject on the object, and s3:ListBucket on the bucket"
                                + " to find out that an object is missing");
            default -> common(client, object.bucket(), e, "s3:GetObject on the object");
        };
        return CoreAccess.exception(
                ObjectReadException.class,
                what == null ? ErrorKind.NOT_READ : what.kind(),
                what != null
                        ? what.what()
                        : "could not read the object's size and ETag from " + endpoint(client) + ": " + firstLine(e),
                object.toString(),
                null,
                e);
    }

    /** Creates the error for a response to a HEAD that does not state the object's length. */
    static ObjectReadException unsized(S3ObjectRef object, @Nullable Long found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.WRONG_ANSWER,
                "the answer to a HEAD cannot be right: expected the object's Content-Length, but got "
                        + (found == null ? "none" : found) + "; check the store, and proxies before it",
                object.toString(),
                null,
                null);
    }

    /** Creates the error for a failed request for the checksum of an object. */
    static ObjectReadException checksum(ObjectVersion version, Throwable error) {
        Throwable e = unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        if (status(e) == 412) {
            return version.changed(null, e);
        }
        return CoreAccess.exception(
                ObjectReadException.class,
                status(e) == 404 ? ErrorKind.CHANGED : ErrorKind.NOT_READ,
                status(e) == 404
                        ? "the object is gone: expected its checksum, but got none (404)"
                        : "expected the object's checksum, but the last HEAD got: " + firstLine(e)
                                + "; S3ReadOptions.checksums(OFF) reads without",
                version.ref().name(),
                null,
                e);
    }

    /** Creates the error for an object whose bytes, which were already emitted, differ from the stored ones. */
    static ObjectReadException altered(ObjectVersion version, StatedChecksum expected, String found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.ALTERED,
                "the object's " + version.ref().size() + " bytes are not those that were stored: expected " + expected
                        + ", but got " + found + "; its records were handed on, but cannot be trusted: go back to a"
                        + " resume point before this object, or at its byte 0",
                version.ref().name(),
                null,
                null);
    }

    /** Creates the error for an uploaded part whose bytes, which were already emitted, differ from the stored ones. */
    static ObjectReadException alteredPart(ObjectVersion version, long from, long to, String expected, String found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.ALTERED,
                "the object's bytes " + from + " to " + (to - 1) + " are not those that were stored: expected "
                        + expected + ", but got " + found + "; the records from there on were handed on, but cannot be"
                        + " trusted: go back to a resume point before this object, or at most at its byte " + from,
                version.ref().name(),
                null,
                null);
    }

    /** Creates the error for an object that must be verified, but cannot be. */
    static ObjectReadException unverifiable(ObjectVersion version, String reason) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.NOT_VERIFIED,
                "expected a checksum to verify the object by, as S3ReadOptions.checksums(REQUIRE) demands, but got"
                        + " none: " + reason,
                version.ref().name(),
                null,
                null);
    }

    /** Creates the error for an object that must be verified, but is not read as a whole. */
    static ObjectReadException notWhole(S3ObjectRef object, long from, long to) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.NOT_VERIFIED,
                "expected a read of the whole object, but got one from byte " + from
                        + (to < object.size() ? " to byte " + to : "")
                        + ": the checksum of an object does not verify a part of it. Resume with"
                        + " S3ReadOptions.checksums(WHEN_AVAILABLE), or at a point before the object",
                object.name(),
                null,
                null);
    }

    /** Returns the reason why a request for a checksum was refused, and logs this reason. */
    static String refusal(boolean get, StoreLimits store, Throwable error) {
        if (isUnsupported(error)) {
            store.unsupported(get);
        }
        String request = (get ? "GETs" : "HEADs") + " with " + StatedChecksum.MODE_HEADER;
        int status = status(error);
        String answer = status == 0 ? firstLine(error) : "status " + status;
        ChecksumNotes.refused(request, answer);
        return "the store refuses " + request + " (" + answer + ")";
    }

    /**
     * Returns whether the store does not support requests for checksums. If so, the request is sent again without
     * asking for the checksum. If the second request fails, too, its error is reported. Must not be used for requests
     * that send bytes with their checksum, because their status 400 may mean that the bytes were altered on the way.
     */
    static boolean refusesChecksums(Throwable e) {
        return isUnsupported(e) || (status(e) == 400 && !mayPass(e));
    }

    /** Returns whether the store or the client does not support this kind of request. */
    static boolean isUnsupported(Throwable e) {
        int status = status(e);
        return status == 405 || status == 501 || e instanceof UnsupportedOperationException;
    }

    /** Returns whether a HEAD is denied or not supported. The object itself may still be readable. */
    static boolean refusesHead(Throwable e) {
        return refusesChecksums(e) || status(e) == 403;
    }

    /** Creates the error for a part of an object that could not be read. */
    static ObjectReadException reading(S3AsyncClient client, ObjectVersion version, PartRange range, Throwable error) {
        Throwable e = unwrap(error);
        if (e instanceof ObjectReadException known) {
            return known;
        }
        S3ObjectRef object = version.ref();
        if (e instanceof ChecksumMismatch) {
            return CoreAccess.exception(
                    ObjectReadException.class,
                    ErrorKind.ALTERED,
                    "in every try, the bytes that arrived were not those that were stored:  " + firstLine(e),
                    object.name(),
                    null,
                    e);
        }
        int status = status(e);
        if (status == 412) {
            return version.changed(null, e);
        }
        Failure what = status == 404 && !isMissingBucket(e)
                ? new Failure(
                        ErrorKind.CHANGED,
                        "the object is gone: expected " + expected(version) + ", but got none (404 " + code(e) + ")")
                : isBeyondEnd(e)
                        ? new Failure(
                                ErrorKind.CHANGED,
                                "the object is shorter than listed: expected " + object.size()
                                        + " bytes, but got fewer (416 " + code(e) + " for " + range + ")")
                        : common(client, object.bucket(), e, "s3:GetObject on the object");
        return CoreAccess.exception(
                ObjectReadException.class,
                what == null ? ErrorKind.NOT_READ : what.kind(),
                what != null
                        ? what.what()
                        : "expected " + range + " of " + (object.size() < 0 ? "unknown size" : object.size()) + " from "
                                + endpoint(client) + ", but the last try got: " + firstLine(e),
                object.name(),
                null,
                e);
    }

    private static String expected(ObjectVersion version) {
        long size = version.ref().size();
        return size < 0 ? "one, as the manifest says" : size + " bytes, " + version.origin();
    }

    /** Returns whether the object has no byte in the requested range. */
    static boolean isBeyondEnd(Throwable e) {
        return status(e) == 416;
    }

    /** Returns whether the store is overloaded or does not respond at all. */
    static boolean asksToSlowDown(Throwable e) {
        int status = status(e);
        return status == 503
                || status == 429
                || e instanceof TimeoutException
                || (e instanceof AwsServiceException service && service.isThrottlingException());
    }

    /**
     * Returns whether the store refuses the credentials, or the time of the signature. In this case, another try may
     * succeed, because the provider may have new credentials.
     */
    static boolean refusesCredentials(Throwable e) {
        return REFUSING_CODES.contains(code(e))
                || (e instanceof AwsServiceException service && service.isClockSkewException());
    }

    /**
     * Returns whether a HEAD may have failed because of the credentials. The response to a HEAD has no body that
     * explains the failure, but its status is 400 if a token has expired or is invalid.
     */
    static boolean mayRefuseCredentials(Throwable e) {
        return status(e) == 400 && !(e instanceof AwsServiceException service && Elsewhere.advice(service) != null);
    }

    /** Returns whether another try may succeed. */
    static boolean mayPass(Throwable e) {
        if (e instanceof AwsServiceException service) {
            return service.statusCode() >= 500
                    || PASSING_STATUS.contains(service.statusCode())
                    || service.isThrottlingException()
                    || PASSING_CODES.contains(code(e))
                    || refusesCredentials(e);
        }
        return !isClosed(e) && (e instanceof IOException || e instanceof TimeoutException || e instanceof SdkException);
    }

    /**
     * Returns whether the user has closed the client. Only {@code ReactorNettyHttpClient} reports this, not the SDK's
     * HTTP clients. If a request has not begun when the client is closed, the SDK retries the request. Then the SDK's
     * own executor, which is shut down as well, rejects the retry.
     */
    private static boolean isClosed(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof ClientClosedException || isOfEndedExecutor(t)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns whether an executor of the JDK has rejected a task because the executor was shut down, not because it is
     * full.
     */
    private static boolean isOfEndedExecutor(Throwable t) {
        String message = t instanceof RejectedExecutionException ? t.getMessage() : null;
        return message != null && (message.contains("[Shutting down") || message.contains("[Terminated"));
    }

    /** A kind of failure that any request can have, with its message. */
    record Failure(ErrorKind kind, String what) {}

    /** Classifies an exception. Returns null if the exception is not a failure that any request can have. */
    static @Nullable Failure common(S3AsyncClient client, String bucket, Throwable e, String permission) {
        if (!(e instanceof AwsServiceException service)) {
            return beforeAnyAnswer(client, e);
        }
        String answer = " (" + service.statusCode() + " " + code(e) + ")";
        if (isMissingBucket(e)) {
            return new Failure(
                    ErrorKind.NO_BUCKET,
                    "there is no bucket '" + bucket + "' at " + endpoint(client) + answer
                            + ": check its name, and the client's endpoint and region");
        }
        String elsewhere = Elsewhere.advice(service);
        if (elsewhere != null) {
            return new Failure(
                    ErrorKind.OTHER_REGION,
                    "bucket '" + bucket + "' is not served by " + endpoint(client) + answer + ": " + elsewhere);
        }
        if (refusesCredentials(e)) {
            return refused(client, bucket, answer);
        }
        return switch (service.statusCode()) {
            case 401, 403 ->
                code(e).equals("AccessDenied")
                        ? new Failure(
                                ErrorKind.DENIED,
                                "access to bucket '" + bucket + "' at " + endpoint(client) + " was denied" + answer
                                        + ": the credentials need " + permission)
                        : refused(client, bucket, answer);
            default -> null;
        };
    }

    private static Failure refused(S3AsyncClient client, String bucket, String answer) {
        return new Failure(
                ErrorKind.REFUSED,
                "the credentials were refused for bucket '" + bucket + "' at " + endpoint(client) + answer
                        + ": check access key, secret key, session token and clock");
    }

    private static @Nullable Failure beforeAnyAnswer(S3AsyncClient client, Throwable e) {
        if (isClosed(e)) {
            return new Failure(
                    ErrorKind.CLOSED_CLIENT,
                    "the client was closed, but it was still in use: close it after its last use, also by a channel"
                            + " or a writer");
        }
        Throwable unconnected = cause(e, ConnectException.class, UnknownHostException.class);
        if (unconnected != null) {
            return new Failure(
                    ErrorKind.NOT_REACHED,
                    endpoint(client) + " cannot be reached: check the client's endpoint and the network: "
                            + firstLine(unconnected));
        }
        Throwable handshake = cause(e, SSLHandshakeException.class, SSLPeerUnverifiedException.class);
        if (handshake != null) {
            return new Failure(
                    ErrorKind.NOT_REACHED,
                    "no TLS connection to " + endpoint(client)
                            + ": check that its certificate is one of this host, and trusted"
                            + " (ReactorNettyHttpClientBuilder.tls): " + firstLine(handshake));
        }
        return firstLine(e).contains("Unable to load credentials")
                ? new Failure(
                        ErrorKind.REFUSED,
                        "there are no credentials for " + endpoint(client)
                                + ": give the client a credentials provider, or set AWS_ACCESS_KEY_ID and"
                                + " AWS_SECRET_ACCESS_KEY")
                : null;
    }

    /**
     * Returns the failure of the first try as text. After a refused connection, the next try may fail because the
     * client's pool has no connection. This second failure then hides the real one, which the SDK keeps only as a
     * suppressed exception.
     */
    private static String firstTry(Throwable e) {
        Throwable[] earlier = e.getSuppressed();
        return earlier.length == 0 ? "" : "; before that: " + firstLine(earlier[0]);
    }

    private static @Nullable Throwable cause(Throwable e, Class<?> one, Class<?> other) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (one.isInstance(t) || other.isInstance(t)) {
                return t;
            }
        }
        return null;
    }

    static int status(Throwable e) {
        return e instanceof AwsServiceException service ? service.statusCode() : 0;
    }

    private static boolean isMissingBucket(Throwable e) {
        return code(e).equals("NoSuchBucket");
    }

    static String code(Throwable e) {
        String code = e instanceof AwsServiceException service && service.awsErrorDetails() != null
                ? service.awsErrorDetails().errorCode()
                : null;
        return code == null ? NO_CODE : code;
    }

    static String firstLine(Throwable e) {
        String message = e.getMessage();
        if (message == null) {
            return e.getClass().getSimpleName();
        }
        String line = message.lines().findFirst().orElse("");
        return e instanceof AwsServiceException && !code(e).equals(NO_CODE) ? code(e) + ": " + line : line;
    }

    static String endpoint(S3AsyncClient client) {
        try {
            var configuration = client.serviceClientConfiguration();
            return configuration
                    .endpointOverride()
                    .map(Object::toString)
                    .orElseGet(() -> "AWS " + configuration.region());
        } catch (RuntimeException | Error e) { // custom clients are not required to implement this
            return "the client's endpoint";
        }
    }

    static Throwable unwrap(Throwable error) {
        Throwable e = error;
        while (e instanceof CompletionException && e.getCause() != null) {
            e = e.getCause();
        }
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof ObjectReadException) {
                // Pipeflux has thrown this error inside the client, and the client has wrapped the error
                return t;
            }
        }
        return e;
    }
}
