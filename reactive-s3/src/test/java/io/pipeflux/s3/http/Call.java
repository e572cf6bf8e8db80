package io.pipeflux.s3.http;

import io.pipeflux.core.suite.Patience;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;

/** One call of an HTTP client, as the SDK makes it, with everything that its handler receives. */
final class Call implements SdkAsyncHttpResponseHandler {

    /** The thread that the head came on. */
    final CompletableFuture<Thread> thread = new CompletableFuture<>();

    final CompletableFuture<SdkHttpResponse> head = new CompletableFuture<>();
    final CompletableFuture<Publisher<ByteBuffer>> raw = new CompletableFuture<>();
    final CompletableFuture<Flux<ByteBuffer>> body = new CompletableFuture<>();
    final CompletableFuture<Throwable> error = new CompletableFuture<>();
    final CompletableFuture<Void> done;

    private Call(SdkAsyncHttpClient client, SdkHttpRequest request, SdkHttpContentPublisher content) {
        done = client.execute(AsyncExecuteRequest.builder()
                .request(request)
                .requestContentPublisher(content)
                .responseHandler(this)
                .build());
    }

    static Call get(SdkAsyncHttpClient client, int port) {
        return of(
                client, request(SdkHttpMethod.GET, "http://127.0.0.1:" + port + "/object"), content(Flux.empty(), 0L));
    }

    static Call of(SdkAsyncHttpClient client, SdkHttpRequest request, SdkHttpContentPublisher content) {
        return new Call(client, request, content);
    }

    static SdkHttpFullRequest request(SdkHttpMethod method, String uri) {
        return SdkHttpFullRequest.builder().method(method).uri(URI.create(uri)).build();
    }

    static SdkHttpContentPublisher content(Publisher<ByteBuffer> bytes, Long length) {
        return new SdkHttpContentPublisher() {
            @Override
            public Optional<Long> contentLength() {
                return Optional.ofNullable(length);
            }

            @Override
            public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
                bytes.subscribe(subscriber);
            }
        };
    }

    @Override
    public void onHeaders(SdkHttpResponse headers) {
        thread.complete(Thread.currentThread());
        head.complete(headers);
    }

    @Override
    public void onStream(Publisher<ByteBuffer> stream) {
        raw.complete(stream);
        body.complete(Flux.from(stream));
    }

    @Override
    public void onError(Throwable t) {
        error.complete(t);
        body.completeExceptionally(t); // who waits for it need not wait for ever
    }

    SdkHttpResponse awaitHead() throws Exception {
        return head.get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    Flux<ByteBuffer> awaitBody() throws Exception {
        return body.get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    Throwable awaitError() throws Exception {
        return error.get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    void awaitDone() throws Exception {
        done.get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    byte[] bytes() throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        awaitBody()
                .doOnNext(chunk -> all.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining()))
                .then()
                .toFuture()
                .get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return all.toByteArray();
    }
}
