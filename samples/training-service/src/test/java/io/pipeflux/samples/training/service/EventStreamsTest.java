package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class EventStreamsTest {

    private static final int MEBIBYTE = 1 << 20;
    private static final int KERNEL_MEBIBYTES = 16; // more than two sockets hold

    @Test
    void aBrowserThatNeverReadsIsAskedForNoMoreThanTheKernelHolds() throws Exception {
        EventStreams streams = new EventStreams(1);
        AtomicInteger made = new AtomicInteger();
        String mebibyte = "x".repeat(MEBIBYTE);
        Flux<String> endless = Flux.generate(sink -> {
            made.incrementAndGet();
            sink.next(mebibyte);
        });
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> streams.lists(response, endless))
                .bindNow();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            await().until(() -> made.get() > 0);
            await().during(Duration.ofMillis(300)).until(() -> made.get() <= KERNEL_MEBIBYTES);
            assertThat(streams.open()).isEqualTo(1);
        } finally {
            server.disposeNow();
        }
        await().until(() -> streams.open() == 0);
    }
}
