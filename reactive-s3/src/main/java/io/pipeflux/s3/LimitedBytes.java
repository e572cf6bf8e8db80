package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Collects the bytes of a response in memory, up to a limit. A longer response is an error. If such a response states
 * its length, the error is emitted at the first chunk. Otherwise, the error is emitted as soon as the limit is
 * exceeded.
 */
final class LimitedBytes implements AsyncResponseTransformer<GetObjectResponse, ResponseBytes<GetObjectResponse>> {

    private final AsyncResponseTransformer<GetObjectResponse, ResponseBytes<GetObjectResponse>> all =
            AsyncResponseTransformer.toBytes();
    private final String object;
    private final long limit;
    private volatile @Nullable Long stated;

    LimitedBytes(String object, long limit) {
        this.object = object;
        this.limit = limit;
    }

    @Override
    public CompletableFuture<ResponseBytes<GetObjectResponse>> prepare() {
        return all.prepare();
    }

    @Override
    public void onResponse(GetObjectResponse answer) {
        stated = answer.contentLength();
        all.onResponse(answer);
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> stream) {
        all.onStream(SdkPublisher.adapt(Flux.from(stream).handle(new Count()::add)));
    }

    @Override
    public void exceptionOccurred(Throwable error) {
        all.exceptionOccurred(error);
    }

    private final class Count {

        private final @Nullable Long length = stated;
        private long bytes;

        void add(ByteBuffer chunk, SynchronousSink<ByteBuffer> sink) {
            bytes += chunk.remaining();
            if (length != null && length > limit) {
                sink.error(tooLong(String.valueOf(length)));
            } else if (bytes > limit) {
                sink.error(tooLong("more"));
            } else {
                sink.next(chunk);
            }
        }
    }

    private ObjectReadException tooLong(String found) {
        return CoreAccess.exception(
                ObjectReadException.class,
                ErrorKind.LARGE_OBJECT,
                "expected at most " + limit + " bytes, but got " + found + ": check what wrote the object",
                object,
                null,
                null);
    }
}
