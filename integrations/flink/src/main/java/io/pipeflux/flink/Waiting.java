package io.pipeflux.flink;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Waits for a result on a task's thread. Cancelling the task interrupts the wait. */
final class Waiting {

    private Waiting() {}

    static <T> T get(Mono<T> result) throws IOException, InterruptedException {
        CompletableFuture<@Nullable T> future = result.toFuture();
        try {
            return get(future);
        } catch (InterruptedException e) {
            future.cancel(false);
            throw e;
        }
    }

    static <T> T get(CompletableFuture<@Nullable T> future) throws IOException, InterruptedException {
        try {
            T result = future.get();
            if (result == null) {
                throw new IOException("expected a result, but got none");
            }
            return result;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(cause.getMessage(), cause);
        }
    }
}
