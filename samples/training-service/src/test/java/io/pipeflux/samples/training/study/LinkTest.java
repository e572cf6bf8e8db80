package io.pipeflux.samples.training.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.suite.SocketThread;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinkTest {

    private static final byte[] ANSWER = new byte[1_000_000];

    static {
        new Random(1).nextBytes(ANSWER);
    }

    /** Answers every byte with a million. */
    private static ServerSocket server() throws IOException {
        ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        SocketThread.start("link-test", () -> {
            while (true) {
                Socket client = server.accept();
                SocketThread.start("link-test", () -> {
                    while (client.getInputStream().read() >= 0) {
                        client.getOutputStream().write(ANSWER);
                    }
                    client.close();
                });
            }
        });
        return server;
    }

    private static Socket connect(Link link) throws IOException {
        return new Socket("127.0.0.1", link.endpoint().getPort());
    }

    @Test
    void bytesComeWholeNoFasterThanTheLinkOverAllConnections() throws IOException {
        try (ServerSocket server = server();
                Link link = Link.to(server.getLocalPort(), 10_000_000, Duration.ZERO)) {
            List<Socket> clients = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < 3; i++) {
                clients.add(connect(link));
                clients.get(i).getOutputStream().write(1);
            }
            for (Socket client : clients) {
                assertThat(Arrays.equals(client.getInputStream().readNBytes(ANSWER.length), ANSWER))
                        .isTrue();
                client.close();
            }
            assertThat(System.nanoTime() - start).isGreaterThan(290_000_000L);
        }
    }

    @Test
    void eachAnswerBeginsAfterTheLatency() throws IOException {
        try (ServerSocket server = server();
                Link link = Link.to(server.getLocalPort(), 1_000_000_000, Duration.ofMillis(40));
                Socket client = connect(link)) {
            for (int i = 0; i < 3; i++) {
                long start = System.nanoTime();
                client.getOutputStream().write(1);
                InputStream in = client.getInputStream();
                assertThat(in.read()).isEqualTo(ANSWER[0] & 0xff);
                assertThat(System.nanoTime() - start).isGreaterThan(40_000_000L);
                in.skipNBytes(ANSWER.length - 1);
            }
        }
    }

    @Test
    void theEndOfAConnectionReachesTheOtherSide() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Link link = Link.to(server.getLocalPort(), 1_000_000, Duration.ofMillis(1))) {
            Socket client = connect(link);
            Socket accepted = server.accept();
            accepted.getOutputStream().write(7);
            accepted.close();
            assertThat(client.getInputStream().read()).isEqualTo(7);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            Socket another = connect(link);
            Socket acceptedToo = server.accept();
            another.close();
            assertThat(acceptedToo.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aLinkOfNoSpeedIsRefused() {
        assertThatThrownBy(() -> Link.to(1, 0, Duration.ZERO)).hasMessageContaining(">= 1, but got 0");
    }
}
