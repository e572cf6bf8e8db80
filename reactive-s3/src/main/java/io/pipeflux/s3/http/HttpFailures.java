package io.pipeflux.s3.http;

import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.WriteTimeoutException;
import io.pipeflux.core.internal.ClientClosedException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.client.PrematureCloseException;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * Creates the exceptions for failures. All of them are {@link IOException}s, because the SDK retries a request after an
 * {@code IOException}.
 */
final class HttpFailures {

    private HttpFailures() {}

    static IOException beforeBody(SdkHttpRequest request, Throwable failure) {
        Throwable cause = failure instanceof NotSslRecordException ? withoutTls() : failure;
        String what;
        if (cause instanceof TimeoutException) {
            what = "no connection became free in time: " + cause.getMessage();
        } else if (cause instanceof ReadTimeoutException) {
            what = "the response's header did not arrive in time";
        } else if (cause instanceof WriteTimeoutException) {
            what = "the server did not take the request in time";
        } else if (closed(cause)) {
            what = "the connection was closed before the response's header had arrived";
        } else {
            what = words(cause);
        }
        return of(request, what, cause);
    }

    /** Replaces Netty's error, whose message is the whole response in hexadecimal digits. */
    private static SSLException withoutTls() {
        return new SSLException("expected TLS, but the store answered without it: use http:// in the endpoint");
    }

    /** Creates the error for a successful response that arrived before the request's body was sent completely. */
    static IOException early(SdkHttpRequest request, int status, long sent) {
        return new IOException(where(request) + ": expected a response after the request's body, but got status "
                + status + " after " + sent + " bytes of it");
    }

    static IOException inBody(SdkHttpRequest request, long received, long expected, Throwable cause) {
        String what = closed(cause)
                ? "the connection was closed in the response's body"
                : "the response's body broke off: " + words(cause);
        return of(request, what + ", " + progress(received, expected), cause);
    }

    static IOException stalled(SdkHttpRequest request, long received, long expected, long nanos) {
        return new IOException(where(request) + ": no byte of the response's body arrived for " + millis(nanos)
                + ", although it was requested, " + progress(received, expected));
    }

    static IOException unsubscribed(SdkHttpRequest request, long nanos) {
        return new IOException(where(request) + ": nobody subscribed to the response's body for " + millis(nanos));
    }

    /** Creates the error for a request to a client that the user has closed. */
    static IOException closedBeforeBody(SdkHttpRequest request) {
        return new ClientClosedException(
                where(request) + ": the HTTP client was closed before the response's header had arrived");
    }

    static IOException closedInBody(SdkHttpRequest request, long received, long expected) {
        return new ClientClosedException(where(request) + ": the HTTP client was closed in the response's body, "
                + progress(received, expected));
    }

    private static boolean closed(Throwable cause) {
        return cause instanceof PrematureCloseException
                || cause instanceof PrematureChannelClosureException
                || cause instanceof AbortedException;
    }

    private static String millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
    }

    private static String progress(long received, long expected) {
        return "after " + received + (expected < 0 ? " bytes of an unknown number" : " of " + expected + " bytes");
    }

    private static IOException of(SdkHttpRequest request, String what, Throwable cause) {
        return new IOException(where(request) + ": " + what, cause);
    }

    private static String words(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.toString() : message;
    }

    /** Returns the request as text. Omits the query, because it may contain a signature. */
    private static String where(SdkHttpRequest request) {
        return request.method() + " " + request.protocol() + "://" + request.host() + ":" + request.port()
                + request.encodedPath();
    }
}
