package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.core.suite.Thrown;
import io.pipeflux.s3.test.RawServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;

/**
 * Whoever throws what: the future and the subscriber get their end, and the one connection there may be is given back.
 */
class HttpThrowablesTest {

    private enum Place {
        ON_HEADERS,
        ON_STREAM,
        ON_ERROR_OF_HANDLER,
        ON_SUBSCRIBE,
        AFTER_REQUEST_IN_ON_SUBSCRIBE,
        ON_SUBSCRIBE_ON_ANOTHER_THREAD,
        ON_NEXT,
        AFTER_CANCEL_IN_ON_NEXT,
        ON_COMPLETE,
        ON_ERROR,
        CONTENT_LENGTH,
        SUBSCRIBE_OF_CONTENT,
        AFTER_ON_SUBSCRIBE_OF_CONTENT,
        REQUEST_OF_CONTENT,
        CANCEL_OF_CONTENT;

        boolean isContent() {
            return compareTo(CONTENT_LENGTH) >= 0;
        }
    }

    private RawServer server;
    private ReactorNettyHttpClient client;

    @BeforeEach
    void start() throws IOException {
        client = ReactorNettyHttpClient.builder()
                .maxConnections(1)
                .acquireTimeout(Patience.PATIENCE)
                .build();
        server = RawServer.answering((header, connection) -> {
            if (header.startsWith("GET /short")) {
                connection.ok(1000).send(new byte[500]);
                connection.close();
            } else if (header.startsWith("GET")) {
                connection.ok(1 << 20).send(new byte[1 << 20]);
            } else {
                connection.awaitClose();
            }
        });
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> everyThrowableEndsTheCallAndGivesItsConnectionBack() {
        return Thrown.tests(Place.values(), this::run);
    }

    private void run(Place place, Throwable toThrow) throws Exception {
        Throwing call = new Throwing(place, toThrow);
        String path = place == Place.ON_ERROR || place == Place.ON_ERROR_OF_HANDLER ? "/short" : "/whole";
        CompletableFuture<Void> done = client.execute(AsyncExecuteRequest.builder()
                .request(Call.request(
                        place.isContent() ? SdkHttpMethod.PUT : SdkHttpMethod.GET,
                        "http://127.0.0.1:" + server.port() + path))
                .requestContentPublisher(call)
                .responseHandler(call)
                .build());
        if (place == Place.CANCEL_OF_CONTENT) {
            await().until(() -> call.contentRequested);
            done.cancel(true);
        }
        await().until(done::isDone);
        assertThat(done).isCompletedExceptionally();
        assertThat(call.signals.stream().filter(signal -> signal.startsWith("end")))
                .hasSizeLessThanOrEqualTo(1);
        if (place.compareTo(Place.ON_SUBSCRIBE) >= 0
                && place.compareTo(Place.ON_COMPLETE) < 0
                && place != Place.AFTER_CANCEL_IN_ON_NEXT) {
            await().until(() -> call.signals.contains("end of the body"));
        }

        Call next = Call.get(client, server.port());
        assertThat(next.bytes()).hasSize(1 << 20);
        next.awaitDone();
    }

    /** Handler, subscriber and content of a request at once. */
    private static final class Throwing
            implements SdkAsyncHttpResponseHandler, Subscriber<ByteBuffer>, SdkHttpContentPublisher {

        final List<String> signals = new CopyOnWriteArrayList<>();
        volatile boolean contentRequested;

        private final Place place;
        private final Throwable toThrow;
        private Subscription body;

        Throwing(Place place, Throwable toThrow) {
            this.place = place;
            this.toThrow = toThrow;
        }

        private void at(Place here) {
            if (here == place) {
                Thrown.sneak(toThrow);
            }
        }

        @Override
        public void onHeaders(SdkHttpResponse headers) {
            at(Place.ON_HEADERS);
        }

        @Override
        public void onStream(Publisher<ByteBuffer> stream) {
            at(Place.ON_STREAM);
            if (place == Place.ON_SUBSCRIBE_ON_ANOTHER_THREAD) {
                Thread user = new Thread(() -> stream.subscribe(this));
                user.setUncaughtExceptionHandler((t, e) -> {});
                user.start();
            } else {
                stream.subscribe(this);
            }
        }

        @Override
        public void onSubscribe(Subscription s) {
            body = s;
            at(Place.ON_SUBSCRIBE);
            at(Place.ON_SUBSCRIBE_ON_ANOTHER_THREAD);
            s.request(Long.MAX_VALUE);
            at(Place.AFTER_REQUEST_IN_ON_SUBSCRIBE);
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            at(Place.ON_NEXT);
            if (place == Place.AFTER_CANCEL_IN_ON_NEXT) {
                body.cancel();
                at(place);
            }
        }

        @Override
        public void onComplete() {
            at(Place.ON_COMPLETE);
            signals.add("end of the body");
        }

        @Override
        public void onError(Throwable error) { // of the handler, and of the subscriber
            if (signals.isEmpty() && body != null) {
                signals.add("end of the body");
                at(Place.ON_ERROR);
            } else {
                signals.add("the handler's error");
                at(Place.ON_ERROR_OF_HANDLER);
            }
        }

        // == the request's content ==

        @Override
        public Optional<Long> contentLength() {
            if (!place.isContent()) {
                return Optional.of(0L);
            }
            at(Place.CONTENT_LENGTH);
            return Optional.of(10L);
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
            at(Place.SUBSCRIBE_OF_CONTENT);
            subscriber.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {
                    contentRequested = true;
                    at(Place.REQUEST_OF_CONTENT);
                }

                @Override
                public void cancel() {
                    at(Place.CANCEL_OF_CONTENT);
                }
            });
            at(Place.AFTER_ON_SUBSCRIBE_OF_CONTENT);
        }
    }
}
