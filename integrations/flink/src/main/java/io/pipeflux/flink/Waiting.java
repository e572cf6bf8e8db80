package io.pipeflux.flink;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import reactor.core.publisher.Mono;

/** Waits on a task's thread, until the task is cancelled. */
final class Waiting {

    private Waiting() {}

    static <T> T get(Mono<T> result) throws IOException, InterruptedException {
        CompletableFuture<T> future = result.toFuture();
        try {
            return get(future);
        } catch (InterruptedException e) {
            future.cancel(false);
            throw e;
        }
    }

    static <T> T get(CompletableFuture<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(cause.getMessage(), cause);
        }
    }
}
