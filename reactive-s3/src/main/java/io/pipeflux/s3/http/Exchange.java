package io.pipeflux.s3.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.pipeflux.core.internal.Throwables;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;
import reactor.util.context.Context;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;

/**
 * One request and its response. Its future completes when the subscriber has received the whole body, or when something
 * fails. If the SDK completes the future earlier, because of a cancelled call or a time-out, the exchange is aborted.
 */
final class Exchange implements ResponseBody.Owner {

    private final AsyncExecuteRequest request;
    private final Duration readTimeout;
    private final Duration subscribeTimeout;
    private final Consumer<Exchange> over;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final AtomicBoolean failed = new AtomicBoolean();
    private volatile @Nullable ResponseBody body;

    /**
     * @param over called when the body has arrived or the exchange has ended. From then on, closing the client need not
     *     end the exchange. May be called more than once
     */
    Exchange(AsyncExecuteRequest request, Duration readTimeout, Duration subscribeTimeout, Consumer<Exchange> over) {
        this.request = request;
        this.readTimeout = readTimeout;
        this.subscribeTimeout = subscribeTimeout;
        this.over = over;
    }

    // the futures that whenComplete returns are ignored, because no code waits for these callbacks
    @SuppressWarnings("FutureReturnValueIgnored")
    CompletableFuture<Void> start(HttpClient client) {
        done.whenComplete((nothing, error) -> over.accept(this));
        if (done.isDone()) { // the client was closed
            return done;
        }
        SdkHttpRequest head = request.request();
        Disposable running;
        try {
            HttpHeaders headers = headers(head);
            running = client.request(HttpMethod.valueOf(head.method().name()))
                    .uri(head.getUri())
                    .send((out, outbound) -> trySend(out, outbound, headers))
                    .responseConnection(this::respond)
                    .subscribe(nothing -> {}, e -> fail(HttpFailures.beforeBody(head, e)));
        } catch (Throwable t) { // an invalid header or URI, or memory has run out
            fail(t);
            return done;
        }
        done.whenComplete((nothing, error) -> {
            if (error != null) {
                // the error was set by the SDK, or by fail(); after fail(), the following calls have no effect
                running.dispose();
                ResponseBody arriving = body;
                if (arriving != null) {
                    arriving.abort(error);
                }
            }
        });
        return done;
    }

    /** Copies the headers, and checks them before a connection is opened. */
    private static HttpHeaders headers(SdkHttpRequest request) {
        HttpHeaders headers = new DefaultHttpHeaders();
        request.forEachHeader((name, values) -> headers.add(name, values));
        return headers;
    }

    /**
     * Sends the request. Catches exceptions that the SDK's publisher throws. If such an exception reached the event
     * loop, the request would never end.
     */
    private Publisher<Void> trySend(HttpClientRequest out, NettyOutbound outbound, HttpHeaders headers) {
        try {
            return send(out, outbound, headers);
        } catch (Throwable t) {
            IOException failure = HttpFailures.beforeBody(request.request(), t);
            fail(failure);
            return Mono.error(failure);
        }
    }

    private Publisher<Void> send(HttpClientRequest out, NettyOutbound outbound, HttpHeaders headers) {
        SdkHttpContentPublisher content = request.requestContentPublisher();
        HttpHeaders sent = out.requestHeaders();
        sent.remove(HttpHeaderNames.ACCEPT).remove(HttpHeaderNames.USER_AGENT); // set by Reactor Netty
        headers.names().forEach(sent::remove);
        sent.add(headers);
        if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            if (!headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
                content.contentLength()
                        .filter(length -> length > 0)
                        .ifPresent(length -> sent.set(HttpHeaderNames.CONTENT_LENGTH, length));
            }
            if (sent.contains(HttpHeaderNames.CONTENT_LENGTH)) {
                sent.remove(HttpHeaderNames.TRANSFER_ENCODING); // set by Reactor Netty
            }
        }
        long length = length(sent);
        return length == 0 || content.contentLength().filter(n -> n == 0).isPresent()
                ? outbound
                : outbound.send(RequestBody.of(content, length));
    }

    /**
     * Receives the response, on the event loop. Must not throw, because after an exception the request would never end.
     */
    private Publisher<Void> respond(HttpClientResponse response, Connection connection) {
        try {
            receive(response, connection);
        } catch (Throwable t) {
            // the SDK or user code has thrown this, or memory has run out
            fail(t);
            if (body == null) {
                connection.dispose();
            }
        }
        return Mono.empty();
    }

    private void receive(HttpClientResponse response, Connection connection) throws IOException {
        checkSent(response.status().code(), connection);
        // this handler is removed, because its time-out would also apply while a slow subscriber requests nothing
        connection.removeHandler(NettyPipeline.ResponseTimeoutHandler);
        long length = contentLength(response);
        ResponseBody arriving = new ResponseBody(this, connection, length, readTimeout, subscribeTimeout);
        body = arriving;
        arriving.start();
        if (done.isDone()) { // the request ended before the header arrived
            arriving.abort(new IllegalStateException("the request is over"));
            return;
        }
        SdkHttpFullResponse.Builder head = SdkHttpFullResponse.builder()
                .statusCode(response.status().code())
                .statusText(response.status().reasonPhrase());
        response.responseHeaders().forEach(header -> head.appendHeader(header.getKey(), header.getValue()));
        request.responseHandler().onHeaders(head.build());
        request.responseHandler().onStream(arriving);
        if (length == 0) { // completed here, because not every caller subscribes to an empty body
            done.complete(null);
        }
    }

    /**
     * Rejects a successful response that arrives before the request's body has been sent completely, because the server
     * cannot have stored the whole body. An error response may arrive early.
     */
    private void checkSent(int status, Connection connection) throws IOException {
        AnswerGuard guard = AnswerGuard.of(connection.channel());
        if (status / 100 == 2 && guard != null && !guard.isSent()) {
            throw HttpFailures.early(request.request(), status, guard.written());
        }
    }

    /** Returns the length of the body. It is 0 if the response has no body, and -1 if the length is unknown. */
    private long contentLength(HttpClientResponse response) {
        int status = response.status().code();
        return request.request().method() == SdkHttpMethod.HEAD || status == 204 || status == 304
                ? 0
                : length(response.responseHeaders());
    }

    private static long length(HttpHeaders headers) {
        String value = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return value == null ? -1 : Long.parseLong(value);
    }

    /** Fails the exchange, unless its body has arrived completely. Called when the client is closed. */
    void close() {
        ResponseBody arriving = body;
        if (arriving == null) {
            fail(HttpFailures.closedBeforeBody(request.request()));
        } else {
            arriving.close();
        }
    }

    @Override
    public void arrived() {
        over.accept(this);
    }

    @Override
    public SdkHttpRequest head() {
        return request.request();
    }

    @Override
    public void complete() {
        done.complete(null);
    }

    @Override
    public void cancel(Throwable reason) {
        done.completeExceptionally(reason);
    }

    /** Notifies the handler, then completes the future. If the handler throws, its exception is dropped. */
    @Override
    public void fail(Throwable error) {
        if (!done.isDone() && failed.compareAndSet(false, true)) {
            Throwables.attempt(() -> request.responseHandler().onError(error), Context.empty());
            done.completeExceptionally(error);
        }
    }
}
