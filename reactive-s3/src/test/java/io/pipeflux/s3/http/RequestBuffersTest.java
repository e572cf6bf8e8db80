package io.pipeflux.s3.http;

import com.sun.net.httpserver.HttpServer;
import io.pipeflux.core.suite.GivenBuffers;
import io.pipeflux.core.suite.GivenBuffers.Consumer;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;

/** The buffers of a request's body are left as they are: the SDK may send them again. */
class RequestBuffersTest {

    private static final byte[] BODY = S3Server.bytes(200_000, 1);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final SdkAsyncHttpClient client = ReactorNettyHttpClient.builder().build();
    private HttpServer echo;

    @BeforeEach
    void startServer() throws IOException {
        echo = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        echo.setExecutor(threads);
        echo.createContext("/", exchange -> {
            try (exchange) {
                byte[] body = exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        echo.start();
    }

    @AfterEach
    void stopServer() {
        client.close();
        echo.stop(0);
        threads.shutdownNow();
    }

    @TestFactory
    Stream<DynamicTest> leavesTheBuffersAsTheyAre() {
        return Stream.of((long) BODY.length, null)
                .map(length -> new Consumer(
                        "ReactorNettyHttpClient.execute, content length " + length,
                        BODY,
                        bytes -> echoed(bytes, length)))
                .flatMap(GivenBuffers::tests);
    }

    private Mono<?> echoed(Flux<ByteBuffer> bytes, Long length) {
        return Mono.defer(() -> {
            String uri = "http://127.0.0.1:" + echo.getAddress().getPort() + "/object";
            Call call = Call.of(client, Call.request(SdkHttpMethod.PUT, uri), Call.content(bytes, length));
            return Mono.fromFuture(call.body).flatMap(GivenBuffers::joined);
        });
    }
}
