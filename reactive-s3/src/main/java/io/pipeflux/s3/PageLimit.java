package io.pipeflux.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/**
 * Limits the size of one page of a listing, and the time that it may take to arrive. Without these limits, the SDK
 * would collect any number of bytes in memory, however slowly they arrive.
 */
final class PageLimit implements ExecutionInterceptor {

    /**
     * The maximum size of a page. It is much more than a page of 1000 keys needs: keys of 1024 bytes take 3 MiB if each
     * byte is escaped.
     */
    private static final int MAX_MIB = 16;

    /** The minimum number of bytes that must arrive within each no-progress time-out. */
    private static final int LEAST_BYTES = 1024;

    private final S3Uri uri;
    private final long page;
    private final Duration timeout;

    private PageLimit(S3Uri uri, long page, Duration timeout) {
        this.uri = uri;
        this.page = page;
        this.timeout = timeout;
    }

    /** Returns the settings for the request of a page. A client other than the SDK's may ignore them. */
    static AwsRequestOverrideConfiguration of(S3Uri uri, long page, S3ReadOptions options) {
        PageLimit limit = new PageLimit(uri, page, options.noProgressTimeout());
        return AwsRequestOverrideConfiguration.builder()
                .addPlugin(client -> client.overrideConfiguration(client.overrideConfiguration().toBuilder()
                        .addExecutionInterceptor(limit)
                        .build()))
                .build();
    }

    @Override
    public Optional<Publisher<ByteBuffer>> modifyAsyncHttpResponseContent(
            Context.ModifyHttpResponse answer, ExecutionAttributes attributes) {
        return answer.responsePublisher().map(this::limited);
    }

    private Publisher<ByteBuffer> limited(Publisher<ByteBuffer> body) {
        return Flux.defer(() -> Flux.from(body).handle(new Count()::add));
    }

    private final class Count {

        private long bytes;
        private long bytesBefore;
        private long since = System.nanoTime();

        /**
         * Counts a chunk. Fails if the page is too large or arrives too slowly. The time is checked only when a chunk
         * arrives, because the client's read time-out applies while no bytes arrive at all.
         */
        void add(ByteBuffer chunk, SynchronousSink<ByteBuffer> sink) {
            bytes += chunk.remaining();
            long now = System.nanoTime();
            if (bytes > (long) MAX_MIB << 20) {
                sink.error(ReadFailures.listed(uri, page, "at most " + MAX_MIB + " MiB", "more"));
            } else if (now - since > TimeUnit.NANOSECONDS.convert(timeout) && bytes - bytesBefore < LEAST_BYTES) {
                sink.error(new IOException("only " + (bytes - bytesBefore) + " bytes of page " + page
                        + " of the listing arrived in " + TimeUnit.NANOSECONDS.toMillis(now - since) + " ms"));
            } else {
                if (bytes - bytesBefore >= LEAST_BYTES) {
                    bytesBefore = bytes;
                    since = now;
                }
                sink.next(chunk);
            }
        }
    }
}
