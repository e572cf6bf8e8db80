package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.suite.Thrown;
import io.pipeflux.s3.test.MemoryClient;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInfo;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Whoever throws what while objects are read: the subscriber gets one end, and the channel's thread ends. */
class ReaderThrowablesTest {

    private static final int OBJECTS = 4;
    private static final byte[] CONTENT = new byte[100];

    /** Where it is thrown: by the subscriber, by a hook of the caller's, or by the client. */
    private enum Place {
        ON_SUBSCRIBE,
        AFTER_REQUEST_IN_ON_SUBSCRIBE,
        ON_NEXT,
        AFTER_REQUEST_IN_ON_NEXT,
        ON_COMPLETE,
        ON_REQUEST_HOOK,
        GET_OBJECT,
        PREPARED_FUTURE_FAILS,
        SUBSCRIBE_TO_BODY,
        REQUEST_OF_BODY,
        BODY_FAILS,
        CANCEL_OF_BODY
    }

    private String channel;

    @BeforeEach
    void name(TestInfo test) {
        channel = "channel of " + test.getDisplayName();
    }

    @AfterEach
    void leavesNoThread() {
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("pipeflux-" + channel)));
    }

    @TestFactory
    Stream<DynamicTest> aSubscriberOfChunksGetsOneEnd() {
        return tests(objects -> objects.concatMap(ObjectBytes::bytes, 0));
    }

    @TestFactory
    Stream<DynamicTest> aSubscriberOfOneObjectsChunksGetsOneEnd() {
        return tests(objects -> objects.next().block().bytes());
    }

    @TestFactory
    Stream<DynamicTest> aSubscriberOfObjectsGetsOneEnd() {
        return tests(objects -> objects);
    }

    private Stream<DynamicTest> tests(Function<Flux<ObjectBytes>, Flux<?>> reading) {
        return Thrown.tests(Place.values(), (place, toThrow) -> run(reading, place, toThrow));
    }

    private void run(Function<Flux<ObjectBytes>, Flux<?>> reading, Place place, Throwable toThrow) {
        try (ThrowingClient client = new ThrowingClient(place, toThrow)) {
            S3ReadOptions options = S3ReadOptions.defaults()
                    .partSize(50)
                    .retries(1)
                    .onRequest(request -> throwAt(place == Place.ON_REQUEST_HOOK, toThrow));
            Ends subscriber = new Ends(place, toThrow);
            reading.apply(objects(client, options)).subscribe(subscriber);

            await().until(() -> !subscriber.ends.isEmpty());
            switch (place) {
                // concatMap, which is Reactor's, has ended by then and drops the error
                case ON_COMPLETE ->
                    assertThat(subscriber.ends).startsWith("complete").hasSizeBetween(1, 2);
                case ON_SUBSCRIBE, ON_NEXT, AFTER_REQUEST_IN_ON_NEXT ->
                    assertThat(subscriber.ends).containsExactly("error");
                default -> assertThat(subscriber.ends).hasSize(1); // all may have been emitted before
            }
        }
    }

    @Test
    void aClientThatGivesNoFutureOrOneThatNeverEndsFailsTheReading() {
        S3ReadOptions options = S3ReadOptions.defaults().retries(1).noProgressTimeout(Duration.ofMillis(200));
        for (CompletableFuture<?> answer : Arrays.asList(null, new CompletableFuture<>())) {
            try (MemoryClient client = new MemoryClient(CONTENT, 1) {
                @Override
                @SuppressWarnings("unchecked")
                public <T> CompletableFuture<T> getObject(
                        GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
                    return (CompletableFuture<T>) answer;
                }
            }) {
                Ends subscriber = new Ends(null, null);
                objects(client, options).concatMap(ObjectBytes::bytes, 0).subscribe(subscriber);
                await().until(() -> subscriber.ends.equals(List.of("error")));
            }
        }
    }

    private Flux<ObjectBytes> objects(MemoryClient client, S3ReadOptions options) {
        Flux<ChannelItem> items =
                Flux.range(0, OBJECTS).map(i -> new S3ObjectRef("bucket", "key" + i, CONTENT.length, null));
        return EpochObjects.of(channel, client, options, items);
    }

    private static void throwAt(boolean here, Throwable t) {
        if (here) {
            Thrown.sneak(t);
        }
    }

    private static final class Ends implements CoreSubscriber<Object> {

        final List<String> ends = new CopyOnWriteArrayList<>();
        private final Place place;
        private final Throwable toThrow;
        private Subscription upstream;

        Ends(Place place, Throwable toThrow) {
            this.place = place;
            this.toThrow = toThrow;
        }

        @Override
        public void onSubscribe(Subscription s) {
            upstream = s;
            throwAt(place == Place.ON_SUBSCRIBE, toThrow);
            s.request(place == Place.AFTER_REQUEST_IN_ON_NEXT ? 1 : Long.MAX_VALUE);
            throwAt(place == Place.AFTER_REQUEST_IN_ON_SUBSCRIBE, toThrow);
        }

        @Override
        public void onNext(Object chunkOrObject) {
            throwAt(place == Place.ON_NEXT, toThrow);
            if (place == Place.AFTER_REQUEST_IN_ON_NEXT) {
                upstream.request(1);
                throwAt(true, toThrow);
            }
        }

        @Override
        public void onError(Throwable error) {
            ends.add("error");
        }

        @Override
        public void onComplete() {
            ends.add("complete");
            throwAt(place == Place.ON_COMPLETE, toThrow);
        }
    }

    private static final class ThrowingClient extends MemoryClient {

        private final Place place;
        private final Throwable toThrow;

        ThrowingClient(Place place, Throwable toThrow) {
            super(CONTENT, 2);
            this.place = place;
            this.toThrow = toThrow;
        }

        @Override
        public <T> CompletableFuture<T> getObject(
                GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
            throwAt(place == Place.GET_OBJECT, toThrow);
            return place == Place.PREPARED_FUTURE_FAILS
                    ? CompletableFuture.failedFuture(toThrow)
                    : super.getObject(request, transformer);
        }

        @Override
        protected SdkPublisher<ByteBuffer> publisher(int from, int to) {
            SdkPublisher<ByteBuffer> bytes = super.publisher(from, to);
            return subscriber -> {
                throwAt(place == Place.SUBSCRIBE_TO_BODY, toThrow);
                bytes.subscribe(new Passing(subscriber));
            };
        }

        private final class Passing implements Subscriber<ByteBuffer>, Subscription {

            private final Subscriber<? super ByteBuffer> actual;
            private Subscription upstream;

            Passing(Subscriber<? super ByteBuffer> actual) {
                this.actual = actual;
            }

            @Override
            public void onSubscribe(Subscription s) {
                upstream = s;
                actual.onSubscribe(this);
            }

            @Override
            public void onNext(ByteBuffer bytes) {
                if (place == Place.BODY_FAILS || place == Place.CANCEL_OF_BODY) {
                    actual.onError(toThrow);
                } else {
                    actual.onNext(bytes);
                }
            }

            @Override
            public void onError(Throwable error) {
                actual.onError(error);
            }

            @Override
            public void onComplete() {
                actual.onComplete();
            }

            @Override
            public void request(long n) {
                throwAt(place == Place.REQUEST_OF_BODY, toThrow);
                upstream.request(n);
            }

            @Override
            public void cancel() {
                throwAt(place == Place.CANCEL_OF_BODY, toThrow);
                upstream.cancel();
            }
        }
    }
}
