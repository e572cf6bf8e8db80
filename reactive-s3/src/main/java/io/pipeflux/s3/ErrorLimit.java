package io.pipeflux.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/**
 * Limits the body of an error response. Without a limit, the SDK collects the whole body in memory, however long it is.
 */
final class ErrorLimit implements ExecutionInterceptor {

    private static final int MAX_MIB = 1;

    @Override
    public Optional<Publisher<ByteBuffer>> modifyAsyncHttpResponseContent(
            Context.ModifyHttpResponse answer, ExecutionAttributes attributes) {
        int status = answer.httpResponse().statusCode();
        return answer.httpResponse().isSuccessful()
                ? answer.responsePublisher()
                : answer.responsePublisher().map(body -> limited(status, body));
    }

    private static Publisher<ByteBuffer> limited(int status, Publisher<ByteBuffer> body) {
        return Flux.defer(() -> Flux.from(body).handle(new Count(status)::add));
    }

    private static final class Count {

        private final int status;
        private long bytes;

        Count(int status) {
            this.status = status;
        }

        void add(ByteBuffer chunk, SynchronousSink<ByteBuffer> sink) {
            bytes += chunk.remaining();
            if (bytes > (long) MAX_MIB << 20) {
                sink.error(new IOException("status " + status + " with a body of more than " + MAX_MIB + " MiB"));
            } else {
                sink.next(chunk);
            }
        }
    }
}
