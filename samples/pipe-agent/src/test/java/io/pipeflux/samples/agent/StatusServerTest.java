package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.EpochSize;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.suite.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over real sockets: no client keeps another one from its answer, and none stays for ever. */
class StatusServerTest {

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final long PAUSE_NANOS = 20_000_000;
    private static final int IDLE = 1000;

    private final List<Socket> clients = new ArrayList<>();

    @AfterEach
    void closeClients() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
    }

    private static List<ChannelProgress> channels(String... names) {
        return List.of(names).stream()
                .map(name -> new ChannelProgress(PipelineMonitor.create(name), null))
                .toList();
    }

    private Socket connect(StatusServer server) throws IOException {
        Socket client = new Socket();
        clients.add(client);
        client.setReceiveBufferSize(4096); // before it connects, so that the window is small, too
        client.setSoTimeout((int) Patience.PATIENCE.toMillis());
        client.connect(server.address());
        return client;
    }

    private Socket send(StatusServer server, String text) throws IOException {
        Socket client = connect(server);
        client.getOutputStream().write(text.getBytes(ISO_8859_1));
        return client;
    }

    private String ask(StatusServer server, String request) throws IOException {
        return new String(
                send(server, request + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .getInputStream()
                        .readAllBytes(),
                ISO_8859_1);
    }

    /** Waits until the server has closed the connection, and returns how many bytes came before. */
    private static long drain(Socket client) throws IOException {
        long bytes = 0;
        byte[] buffer = new byte[1 << 16];
        try {
            int count;
            while ((count = client.getInputStream().read(buffer)) >= 0) {
                bytes += count;
            }
        } catch (SocketException e) {
            // reset: closed, too
        }
        return bytes;
    }

    @Test
    void answersWhatIsAskedForAndNothingElse() throws IOException {
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"))) {
            assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
            assertThat(ask(server, "GET /health"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("application/json", "{\"status\":\"up\",\"channels\":{\"train\":{\"epoch\":");
            assertThat(ask(server, "GET /metrics?x=y"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("text/plain; version=0.0.4", "pipeflux_epoch{pipeline=\"train\"} ");
            assertThat(ask(server, "HEAD /health")).startsWith("HTTP/1.1 200 ").doesNotContain("status");
            assertThat(ask(server, "GET /")).startsWith("HTTP/1.1 404 ");
            assertThat(ask(server, "GET /metricsandmore")).startsWith("HTTP/1.1 404 ");
            assertThat(ask(server, "DELETE /health")).startsWith("HTTP/1.1 405 ");
        }
    }

    @Test
    void healthHasTheTotalsOfTheEpochAsFarAsTheyAreKnown() throws IOException {
        PipelineMonitor monitor = PipelineMonitor.create("train");
        PipelineReporter reporter = PipelineReporter.of(monitor);
        try (StatusServer server = StatusServer.start(ANY_PORT, List.of(new ChannelProgress(monitor, null)));
                EpochSize size = reporter.beginEpoch(3, null)) {
            reporter.addBytes(250);
            assertThat(ask(server, "GET /health")).contains("\"epochBytes\":250,\"waits\"");
            size.atLeast(500, 2);
            assertThat(ask(server, "GET /health"))
                    .contains("\"epochBytes\":250,\"atLeastBytes\":500,\"atLeastObjects\":2,\"waits\"");
            size.allBytes(1000);
            size.allObjects(4);
            assertThat(ask(server, "GET /health"))
                    .contains("\"epochBytes\":250,\"totalBytes\":1000,\"totalObjects\":4,");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /%zz HTTP/1.1",
                "GET /a|b HTTP/1.1",
                "GET /metrics{a} HTTP/1.1",
                "GET /metrics?a|b HTTP/1.1",
                "GET // HTTP/1.1\r\nContent-Length: -1",
                "GET http://[x/metrics HTTP/1.1",
                "GET metrics HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "CONNECT localhost:1 HTTP/1.1",
                "GET / HTTP/2.0",
                "PRI * HTTP/2.0",
                "GET / SOMETHING/1",
                "GET\u0000 / HTTP/1.1",
                "GET / HTTP/1.1\r\n: a",
                "\u0016\u0003\u0001\u0002"
            })
    void aRequestThatIsNotLegalIsABadOne(String request) throws IOException {
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"), LONG)) {
            String answer = new String(
                    send(server, request + "\r\n\r\n").getInputStream().readAllBytes(), ISO_8859_1);
            assertThat(answer).startsWith("HTTP/1.1 400 ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health HTTP/1.1\r\n\r\n",
                "GET /health HTTP/1.0\r\n\r\n",
                "GET http://localhost/health?a=%20#b HTTP/1.1\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: a:b:c\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nCookie: =;=\r\nExpect: 100-continue\r\n\r\n",
                "GET /health HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
                "GET /health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n",
                "GET /health HTTP/1.1\r\n\r\nGET /%zz HTTP/1.1\r\n\r\n"
            })
    void whatIsOddBesideTheRequestDoesNotMatter(String request) throws IOException {
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"), LONG)) {
            String answer = new String(send(server, request).getInputStream().readAllBytes(), ISO_8859_1);
            assertThat(answer)
                    .startsWith("HTTP/1.1 200 ")
                    .containsOnlyOnce("HTTP/1.1")
                    .contains("status");
        }
    }

    @Test
    void aKeyOrANameThatDrivesATerminalIsShown() throws IOException {
        String hostile = "a\n\u001b[2J\u0085\u202e\ud800\"";
        PipelineMonitor monitor = PipelineMonitor.create(hostile);
        try (PipelineReporter.WaitPoint point = PipelineReporter.of(monitor).waitPoint(() -> hostile);
                StatusServer server = StatusServer.start(ANY_PORT, List.of(new ChannelProgress(monitor, null)))) {
            point.waitFor(PipelineMonitor.Cause.BYTES);
            for (String path : new String[] {"/health", "/metrics"}) {
                String answer = ask(server, "GET " + path);
                String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
                assertThat(body).contains("\\\\u001b[2J").doesNotContain("\u001b", "a\n", "\u0085");
                assertThat(body.lines()).allMatch(line -> line.codePoints().noneMatch(Character::isISOControl));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "GET /health HTTP/1.1\r\nHo", "GET /health HTTP/1.1\r\nHost: a\r\n", "\r\n"})
    void halfARequestHarmsNobodyAndIsClosed(String half) throws IOException {
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"), LONG)) {
            Socket client = send(server, half);
            assertThat(ask(server, "GET /health")).startsWith("HTTP/1.1 200 ");
            assertThat(client.getInputStream().available()).isZero();
        }
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"), SHORT)) {
            assertThat(drain(send(server, half))).isZero();
        }
    }

    @Test
    void aRequestThatComesByteByByteIsClosedToo() throws IOException {
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"), SHORT)) {
            Socket client = send(server, "GET /health HTTP/1.1\r\nX: ");
            assertThatThrownBy(() -> {
                        long start = System.nanoTime();
                        while (System.nanoTime() - start < Patience.PATIENCE.toNanos()) {
                            client.getOutputStream().write('x');
                            LockSupport.parkNanos(PAUSE_NANOS);
                        }
                    })
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aThousandIdleConnectionsHarmNobodyAndMostAreClosed() throws IOException {
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"), LONG)) {
            for (int i = 0; i < IDLE; i++) {
                connect(server);
            }
            assertThat(ask(server, "GET /health")).startsWith("HTTP/1.1 200 ");
            for (Socket idle : clients.subList(0, IDLE - StatusServer.MOST_CONNECTIONS)) {
                assertThat(drain(idle)).isZero();
            }
        }
    }

    @Test
    void aSlowReaderHarmsNobodyAndIsClosed() throws IOException {
        String[] names =
                IntStream.range(0, 60).mapToObj(i -> i + "x".repeat(200_000)).toArray(String[]::new);
        int length =
                IntStream.range(0, names.length).map(i -> names[i].length()).sum();
        List<ChannelProgress> channels = channels(names);
        String request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (StatusServer server = StatusServer.start(ANY_PORT, channels, LONG)) {
            Socket slow = send(server, request);
            await().until(() -> slow.getInputStream().available() > 0);
            assertThat(ask(server, "GET /")).startsWith("HTTP/1.1 404 ");
            assertThat(drain(slow)).isGreaterThan(length); // in time, so it gets all
        }
        try (StatusServer server = StatusServer.start(ANY_PORT, channels, SHORT)) {
            Socket slow = send(server, request);
            await().ignoreExceptions() // on a busy machine an answer may take longer than the limit, too
                    .during(SHORT.multipliedBy(3))
                    .atMost(Patience.PATIENCE)
                    .until(() -> ask(server, "GET /").startsWith("HTTP/1.1 404 "));
            assertThat(drain(slow)).isLessThan(length);
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        try (StatusServer server = StatusServer.start(ANY_PORT, channels("train"))) {
            assertThatThrownBy(() -> StatusServer.start(server.address(), channels("train")))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("port " + server.address().getPort());
        }
    }
}
