package io.pipeflux.samples.training.modes;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Writes the bytes of an object to a file, and reports their number. */
final class CountedFile implements AsyncResponseTransformer<GetObjectResponse, GetObjectResponse> {

    private final AsyncResponseTransformer<GetObjectResponse, GetObjectResponse> file;
    private final LongConsumer progress;
    private final AtomicLong counted = new AtomicLong();

    CountedFile(Path file, LongConsumer progress) {
        this.file = AsyncResponseTransformer.toFile(file);
        this.progress = progress;
    }

    /** Begins an attempt to download the object. The bytes of an earlier attempt no longer count. */
    @Override
    public CompletableFuture<GetObjectResponse> prepare() {
        long before = counted.getAndSet(0);
        if (before > 0) {
            progress.accept(-before);
        }
        return file.prepare();
    }

    @Override
    public void onResponse(GetObjectResponse response) {
        file.onResponse(response);
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> bytes) {
        file.onStream(bytes.map(this::count));
    }

    private ByteBuffer count(ByteBuffer chunk) {
        counted.addAndGet(chunk.remaining());
        progress.accept(chunk.remaining());
        return chunk;
    }

    @Override
    public void exceptionOccurred(Throwable error) {
        file.exceptionOccurred(error);
    }

    @Override
    public String name() {
        return file.name();
    }
}
