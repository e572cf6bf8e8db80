package io.pipeflux.samples.agent;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** Signals that a request of {@code pipe-agent doctor} has failed. Contains the message of the store or the client. */
final class RequestFailedException extends Exception {

    private static final long serialVersionUID = 1L;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private RequestFailedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Sends a request, and waits at most a minute for the response. */
    static <T> T answer(Supplier<CompletableFuture<T>> request) throws RequestFailedException {
        CompletableFuture<T> sent;
        try {
            sent = request.get();
        } catch (RuntimeException e) { // for example, because the bucket name is invalid
            throw failed(e);
        }
        try {
            return sent.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new RequestFailedException("no answer arrived in " + LIMIT.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestFailedException("the program was interrupted", e);
        }
    }

    private static RequestFailedException failed(Throwable error) {
        Throwable e = error;
        while (e instanceof CompletionException && e.getCause() != null) {
            e = e.getCause();
        }
        return new RequestFailedException(text(e), e);
    }

    /**
     * Returns a failure's message. If the store has not responded, the message of the root cause is added, because it
     * explains why the connection failed.
     */
    private static String text(Throwable e) {
        if (e instanceof AwsServiceException) {
            return String.valueOf(e.getMessage()); // the store's message contains the status and the request ID
        }
        StringBuilder text = new StringBuilder(e.getMessage() == null ? e.toString() : e.getMessage());
        Throwable last = e;
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            last = cause;
        }
        String cause = String.valueOf(last.getMessage());
        return e.getCause() == null || text.indexOf(cause) >= 0 ? text.toString() : text + ": " + cause;
    }

    private @Nullable AwsServiceException service() {
        return getCause() instanceof AwsServiceException service ? service : null;
    }

    /** Returns the HTTP status of the store's response, or 0 if there was no response. */
    int status() {
        AwsServiceException service = service();
        return service == null ? 0 : service.statusCode();
    }

    /** Returns whether the store has denied the request, with status 403. */
    boolean isDenied() {
        return status() == 403;
    }

    /** Returns a header of the store's response. */
    Optional<String> header(String name) {
        AwsServiceException service = service();
        return service == null
                        || service.awsErrorDetails() == null
                        || service.awsErrorDetails().sdkHttpResponse() == null
                ? Optional.empty()
                : service.awsErrorDetails().sdkHttpResponse().firstMatchingHeader(name);
    }
}
