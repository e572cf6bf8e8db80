package io.pipeflux.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Receives one part whole. Its future completes when all bytes are there, so the client's retries, which end when that
 * future completes, cover the body, too; and it asks for all bytes at once, so the socket never waits for a consumer.
 * (With the SDK's {@code toPublisher()} retries end at the header, a connection closed in the body leaves the subscriber
 * without any signal, and a slow subscriber runs into the read time-out.)
 */
final class PartTransformer implements AsyncResponseTransformer<GetObjectResponse, Part> {

    private final S3ObjectRef object;
    private final PartRange range;
    private volatile Attempt attempt;

    PartTransformer(S3ObjectRef object, PartRange range) {
        this.object = object;
        this.range = range;
        this.attempt = new Attempt(range.length());
    }

    @Override
    public CompletableFuture<Part> prepare() {
        Attempt next = new Attempt(range.length()); // each try of the client begins anew
        attempt = next;
        return next.result;
    }

    @Override
    public void onResponse(GetObjectResponse response) {
        String expected = range.contentRange(object.size());
        String found = response.contentRange();
        if (found == null) { // also where the connection was closed in the header: is retried
            attempt.fail(new IOException("expected Content-Range '" + expected + "', found none"));
        } else if (!expected.equals(found)) {
            attempt.fail(S3Failures.answer(object, "Content-Range '" + expected + "'", "'" + found + "'"));
        } else if (!sameVersion(object.etag(), response.eTag())) {
            attempt.fail(S3Failures.changed(object, response.eTag(), null));
        }
    }

    /** A store that ignores If-Match still tells the version it sends. */
    private static boolean sameVersion(@Nullable String expected, @Nullable String found) {
        return expected == null || found == null || expected.replace("\"", "").equals(found.replace("\"", ""));
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> body) {
        body.subscribe(attempt);
    }

    @Override
    public void exceptionOccurred(Throwable error) {
        attempt.fail(error);
    }

    private static final class Attempt implements Subscriber<ByteBuffer> {

        private final CompletableFuture<Part> result = new CompletableFuture<>();
        private final int length;
        private final Part part;
        private volatile @Nullable Subscription body;

        Attempt(int length) {
            this.length = length;
            this.part = new Part(length);
        }

        @Override
        public void onSubscribe(Subscription s) {
            body = s;
            if (result.isDone()) { // refused by its header
                s.cancel();
            } else {
                s.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            if (!result.isDone() && !part.append(bytes)) {
                fail(new IOException("a part of " + length + " bytes came with more"));
            }
        }

        @Override
        public void onError(Throwable error) {
            fail(error);
        }

        @Override
        public void onComplete() {
            if (part.received() == length) {
                result.complete(part);
            } else {
                fail(new IOException("a part of " + length + " bytes ended after " + part.received())); // is retried
            }
        }

        void fail(Throwable error) {
            Subscription s = body;
            if (result.completeExceptionally(error) && s != null) {
                s.cancel();
            }
        }
    }
}
