package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.ClientClosedException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Determines why a request has failed, and whether another try may succeed. {@link ReadFailures} and {@link
 * WriteFailures} create the errors that users see.
 */
final class S3Failures {

    private static final Set<Integer> PASSING_STATUS = Set.of(408, 429);

    /**
     * The error codes of failures that may be transient, regardless of the HTTP status. For a long request, such as
     * CompleteMultipartUpload, the store sends status 200 before it has finished, and may then report a failure.
     */
    private static final Set<String> PASSING_CODES =
            Set.of("RequestTimeout", "InternalError", "ServiceUnavailable", "SlowDown", "OperationAborted");

    /** Netty's exceptions for failures of the network that are subclasses of SSLException. */
    private static final Set<String> NETWORK_IN_TLS =
            Set.of("SslHandshakeTimeoutException", "StacklessSSLHandshakeException", "SslClosedEngineException");

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

    /** Returns whether the store is overloaded, or whether the request has timed out. */
    static boolean asksToSlowDown(Throwable e) {
        int status = status(e);
        return status == 503
                || status == 429
                || e instanceof TimeoutException
                || (e instanceof AwsServiceException service && service.isThrottlingException());
    }

    /**
     * Returns whether the store refuses the credentials, or the time at which the request was signed. Another try may
     * succeed, because it is signed again, possibly with new credentials.
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

    /**
     * Returns whether the store may have refused a request because of its checksum settings. If so, the request is sent
     * again without them. If the second request fails, too, its error is reported. Must not be used for requests that
     * send bytes and their checksum: for these, status 400 may mean that the bytes were altered on the way.
     */
    static boolean refusesChecksums(Throwable e) {
        return isUnsupported(e) || (status(e) == 400 && !mayPass(e));
    }

    /** Returns whether a HEAD is denied or not supported. The object itself may still be readable. */
    static boolean refusesHead(Throwable e) {
        return refusesChecksums(e) || status(e) == 403;
    }

    /** Returns whether the store or the client does not support this kind of request. */
    static boolean isUnsupported(Throwable e) {
        int status = status(e);
        return status == 405 || status == 501 || e instanceof UnsupportedOperationException;
    }

    /** Returns whether the object has no byte in the requested range. */
    static boolean isBeyondEnd(Throwable e) {
        return status(e) == 416;
    }

    static boolean isMissingBucket(Throwable e) {
        return code(e).equals("NoSuchBucket");
    }

    /**
     * Returns whether the store may be away: it cannot be reached, does not answer in time, or answers that it cannot
     * serve requests for the moment. Wrong settings, such as missing credentials, are not such failures.
     */
    static boolean mayBeAway(Throwable e) {
        if (e instanceof AwsServiceException service) {
            return (service.statusCode() >= 500 && !isUnsupported(e))
                    || PASSING_STATUS.contains(service.statusCode())
                    || service.isThrottlingException()
                    || PASSING_CODES.contains(code(e));
        }
        return !isClosed(e)
                && !(e instanceof ObjectReadException || e instanceof ChecksumMismatch)
                && (isTimeout(e) || cause(e, IOException.class, TimeoutException.class) != null)
                && cause(e, IllegalArgumentException.class) == null
                && wrongTls(e) == null;
    }

    /**
     * Returns the cause that shows that TLS does not work with the present settings, or null. A certificate may not be
     * trusted, or the store may not use TLS. A connection that was closed, and a handshake that has timed out, are
     * failures of the network instead.
     */
    static @Nullable Throwable wrongTls(Throwable e) {
        Throwable tls = cause(e, SSLException.class);
        for (Throwable t = tls; t != null; t = t.getCause()) {
            if (NETWORK_IN_TLS.contains(t.getClass().getSimpleName())
                    || (t instanceof IOException && !(t instanceof SSLException))) {
                return null;
            }
        }
        return tls;
    }

    /** Returns the first exception in the chain of causes that has one of the types, or null. */
    static @Nullable Throwable cause(Throwable e, Class<?>... types) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            for (Class<?> type : types) {
                if (type.isInstance(t)) {
                    return t;
                }
            }
        }
        return null;
    }

    private static boolean isTimeout(Throwable e) {
        return e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException;
    }

    /**
     * Returns whether a request has failed because the user has closed the client. {@code ReactorNettyHttpClient}
     * reports this with an exception of its own, unlike the SDK's HTTP clients. If the client is closed before a
     * request begins, the SDK retries the request. Then the SDK's own executor, which is shut down as well, rejects the
     * retry.
     */
    static boolean isClosed(Throwable e) {
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

    static int status(Throwable e) {
        return e instanceof AwsServiceException service ? service.statusCode() : 0;
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
