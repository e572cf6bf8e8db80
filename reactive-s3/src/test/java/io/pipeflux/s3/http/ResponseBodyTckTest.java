package io.pipeflux.s3.http;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.core.suite.PublisherTck;
import io.pipeflux.s3.test.RawServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.http.SdkHttpMethod;

/** The rules of Reactive Streams, for bodies that come over a socket: a chunk of HTTP is an element. */
@SuppressWarnings("NullAway")
public class ResponseBodyTckTest extends PublisherTck<ByteBuffer> {

    private RawServer server;
    private ReactorNettyHttpClient client;

    @BeforeClass
    public void start() throws IOException {
        client = ReactorNettyHttpClient.create();
        server = RawServer.answering((header, connection) -> {
            int chunks = Integer.parseInt(header.replaceAll("(?s).*X-Chunks: (\\d+).*", "$1"));
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "1\r\nx\r\n".repeat(chunks)
                    + "0\r\n\r\n");
        });
    }

    @AfterClass
    public void stop() throws IOException {
        client.close();
        server.close();
    }

    @Override
    public Publisher<ByteBuffer> createPublisher(long elements) {
        return body(elements);
    }

    @Override
    public Publisher<ByteBuffer> createFailedPublisher() {
        return null; // a body that failed before its subscriber came has failed its exchange
    }

    @Override
    public long maxElementsFromPublisher() {
        return 10_000;
    }

    private Publisher<ByteBuffer> body(long chunks) {
        try {
            return Call.of(
                            client,
                            Call.request(SdkHttpMethod.GET, "http://127.0.0.1:" + server.port() + "/").toBuilder()
                                    .putHeader("X-Chunks", String.valueOf(chunks))
                                    .build(),
                            Call.content(Flux.empty(), 0L))
                    .raw
                    .get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
