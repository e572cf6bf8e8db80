package io.pipeflux.s3;

import io.pipeflux.core.internal.Throwables;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.util.context.Context;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * One GET of the missing range of a part.
 *
 * <pre>{@code
 *   sent --header, checked--> body --complete--> over
 *     |                        |
 *     +---------error----------+---------------> over
 * }</pre>
 *
 * <p>The client's future completes when the header arrives. Before that, the client itself retries the GET. After that,
 * the client no longer retries. Instead, {@link PartFetch} sends another GET that continues at the byte at which this
 * one stopped, so no bytes are fetched twice.
 *
 * <p>This class requests all bytes immediately, so no socket waits for a consumer. The SDK's {@code toPublisher()}
 * works in the same way, with one difference: if the connection is closed during the body, the subscriber of {@code
 * toPublisher()} gets no signal, whereas a transformer is notified.
 */
final class PartGet implements AsyncResponseTransformer<GetObjectResponse, GetObjectResponse>, Subscriber<ByteBuffer> {

    /** Receives the events of a GET. Any thread may call these methods. */
    interface Events {

        /**
         * Checks the header of the response.
         *
         * @throws IOException if the header is wrong, and the GET may be retried
         */
        void answered(PartGet get, PartRange range, GetObjectResponse answer) throws IOException;

        void received(PartGet get, ByteBuffer bytes);

        /** Called when the body has ended. The last bytes of the range may be missing. */
        void ended(PartGet get);

        void failed(PartGet get, Throwable failure);
    }

    private volatile @Nullable Events events;
    private final PartRange range;
    private final boolean endsWithBody;
    private volatile CompletableFuture<GetObjectResponse> header = new CompletableFuture<>();
    private volatile @Nullable GetObjectResponse answer;
    private volatile @Nullable CompletableFuture<?> call;
    private volatile @Nullable Subscription body;
    private volatile @Nullable Throwable refusal;
    private volatile boolean aborted;

    /**
     * @param endsWithBody whether the client's future completes only after the whole body. This is needed for a client
     *     that aborts a GET only if the future is cancelled
     */
    PartGet(Events events, PartRange range, boolean endsWithBody) {
        this.events = events;
        this.range = range;
        this.endsWithBody = endsWithBody;
    }

    PartRange range() {
        return range;
    }

    void send(S3AsyncClient client, GetObjectRequest request) {
        CompletableFuture<GetObjectResponse> sent = client.getObject(request, this);
        if (sent == null) {
            throw ClientThreads.noFuture();
        }
        call = sent;
        if (aborted) { // another thread has aborted it in the meantime
            cancel(sent);
        }
        var unused = sent.whenComplete((done, error) -> {
            if (error != null) {
                failed(error);
            }
        });
    }

    private void failed(Throwable error) {
        Events to = events;
        if (to != null) {
            to.failed(this, error);
        }
    }

    /**
     * Drops the reference to the window, because a client may keep a reference to this GET together with an idle
     * connection.
     */
    void release() {
        events = null;
    }

    /** Releases the connection, and closes it unless all bytes were received. */
    void abort() {
        aborted = true;
        release();
        Subscription s = body;
        if (s != null) {
            Throwables.cancel(s, Context.empty());
        }
        CompletableFuture<?> sent = call;
        if (sent != null && (s == null || endsWithBody)) {
            // the future has not completed: either the header has not arrived, or the future completes only after the
            // body
            cancel(sent);
        }
    }

    private static void cancel(CompletableFuture<?> sent) {
        Throwables.attempt(() -> sent.cancel(true), Context.empty());
    }

    // == AsyncResponseTransformer ==

    @Override
    public CompletableFuture<GetObjectResponse> prepare() {
        // the client calls prepare() again for each of its own tries
        CompletableFuture<GetObjectResponse> next = new CompletableFuture<>();
        header = next;
        refusal = null;
        return next;
    }

    @Override
    public void onResponse(GetObjectResponse response) {
        answer = response;
        Events to = events;
        try {
            if (to != null) {
                to.answered(this, range, response);
            }
        } catch (Throwable t) {
            // the refusal is reported when the body begins, because the SDK's client logs a warning if a GET is aborted
            // between header and body
            refusal = t;
        }
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> stream) {
        try {
            // the subscription is needed even if the GET was aborted, because a body without a subscriber keeps its
            // connection open
            stream.subscribe(this);
            if (!endsWithBody) {
                header.complete(answer);
            }
        } catch (Throwable t) { // thrown by the client
            failed(t);
        }
    }

    @Override
    public void exceptionOccurred(Throwable error) {
        if (!header.completeExceptionally(error)) {
            // the future has already completed with the header, so it can no longer report this error
            failed(error);
        }
    }

    // == Subscriber of the body ==

    @Override
    public void onSubscribe(Subscription s) {
        body = s;
        Throwable refused = refusal;
        try {
            if (aborted) {
                s.cancel();
            } else if (refused != null) {
                failed(refused);
            } else {
                s.request(Long.MAX_VALUE);
            }
        } catch (Throwable t) { // thrown by the client
            failed(t);
        }
    }

    @Override
    public void onNext(ByteBuffer bytes) {
        Events to = events;
        if (to != null) {
            try {
                to.received(this, bytes);
            } catch (Throwable t) {
                // an error such as OutOfMemoryError must not be thrown on the client's thread
                failed(t);
            }
        }
    }

    @Override
    public void onError(Throwable error) {
        failed(error);
        header.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        header.complete(answer);
        Events to = events;
        if (to != null) {
            to.ended(this);
        }
    }
}
