package io.pipeflux.s3;

import io.pipeflux.core.internal.ErrorKind;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Describes the failures that are not specific to one kind of request, such as a missing bucket. */
final class CommonFailures {

    private static final Pattern USER_OF_URL = Pattern.compile("//[^/?#]*@");

    private CommonFailures() {}

    /** A failure that is not specific to one kind of request. */
    record Failure(ErrorKind kind, String what) {}

    /** Classifies an exception. Returns null if the failure is specific to one kind of request. */
    static @Nullable Failure common(S3AsyncClient client, String bucket, Throwable e, String permission) {
        if (!(e instanceof AwsServiceException service)) {
            return beforeAnyAnswer(client, e);
        }
        String answer = " (" + service.statusCode() + " " + S3Failures.code(e) + ")";
        if (S3Failures.isMissingBucket(e)) {
            return new Failure(
                    ErrorKind.NO_BUCKET,
                    "there is no bucket '" + bucket + "' at " + endpoint(client) + answer
                            + ": check its name, the endpoint and the region");
        }
        String elsewhere = Elsewhere.advice(service);
        if (elsewhere != null) {
            return new Failure(
                    ErrorKind.OTHER_REGION,
                    "bucket '" + bucket + "' is not served by " + endpoint(client) + answer + ": " + elsewhere);
        }
        if (S3Failures.refusesCredentials(e)) {
            return refused(client, bucket, answer);
        }
        return switch (service.statusCode()) {
            case 401, 403 ->
                S3Failures.code(e).equals("AccessDenied")
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
        if (S3Failures.isClosed(e)) {
            return new Failure(
                    ErrorKind.CLOSED_CLIENT,
                    "the client was closed, but it was still in use: close it after its last use, also by a channel"
                            + " or a writer");
        }
        Throwable unconnected = S3Failures.cause(e, ConnectException.class, UnknownHostException.class);
        if (unconnected != null) {
            return new Failure(
                    ErrorKind.NOT_REACHED,
                    endpoint(client) + " cannot be reached: check the endpoint and the network: "
                            + S3Failures.firstLine(unconnected));
        }
        Throwable handshake = S3Failures.cause(e, SSLHandshakeException.class, SSLPeerUnverifiedException.class);
        if (handshake != null) {
            return new Failure(
                    ErrorKind.NOT_REACHED,
                    "no TLS connection to " + endpoint(client)
                            + ": check that its certificate is one of this host, and trusted"
                            + " (ReactorNettyHttpClientBuilder.tls): " + S3Failures.firstLine(handshake));
        }
        Throwable tls = S3Failures.wrongTls(e);
        if (tls != null) {
            return new Failure(
                    ErrorKind.NOT_REACHED,
                    "no TLS connection to " + endpoint(client) + ": " + S3Failures.firstLine(tls));
        }
        return S3Failures.firstLine(e).contains("Unable to load credentials")
                ? new Failure(
                        ErrorKind.REFUSED,
                        "there are no credentials for " + endpoint(client)
                                + ": give the client a credentials provider, or set AWS_ACCESS_KEY_ID and"
                                + " AWS_SECRET_ACCESS_KEY")
                : null;
    }

    /** Describes the endpoint. Omits a user and a password, because errors and logs must not contain secrets. */
    static String endpoint(S3AsyncClient client) {
        try {
            var configuration = client.serviceClientConfiguration();
            return configuration
                    .endpointOverride()
                    .map(url -> USER_OF_URL.matcher(url.toString()).replaceFirst("//...@"))
                    .orElseGet(() -> "AWS " + configuration.region());
        } catch (RuntimeException | Error e) { // custom clients are not required to implement this
            return "the store";
        }
    }
}
