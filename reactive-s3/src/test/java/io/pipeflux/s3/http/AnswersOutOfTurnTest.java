package io.pipeflux.s3.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.job.CheckpointStore;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.S3Checkpoints;
import io.pipeflux.s3.test.RawServer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Answers before the final one, and answers before the request was sent. */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class AnswersOutOfTurnTest {

    private final List<AutoCloseable> resources = new ArrayList<>();
    private ReactorNettyHttpClient client;

    @BeforeEach
    void openClient() {
        client = ReactorNettyHttpClient.builder().maxConnections(1).build();
        resources.add(client);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
    }

    // == interim answers ==

    @ParameterizedTest
    @CsvSource({
        "GET, 100 Continue",
        "GET, 102 Processing",
        "GET, 103 Early Hints",
        "HEAD, 100 Continue",
        "HEAD, 102 Processing",
        "HEAD, 103 Early Hints"
    })
    void anInterimAnswerIsPassedOver(SdkHttpMethod method, String interim) throws Exception {
        RawServer server = server((header, connection) -> {
            boolean head = header.startsWith("HEAD");
            String path = header.split(" ")[1];
            connection.send("HTTP/1.1 " + interim + "\r\nLink: </style.css>\r\n\r\n");
            connection.send("HTTP/1.1 " + interim + "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: " + path.length()
                    + "\r\nPath: " + path + "\r\n\r\n" + (head ? "" : path));
        });
        for (String path : List.of("/first", "/second", "/the-third")) {
            Call call = Call.of(
                    client,
                    Call.request(method, "http://127.0.0.1:" + server.port() + path),
                    Call.content(Flux.empty(), 0L));
            assertThat(call.awaitHead().statusCode()).isEqualTo(200);
            assertThat(call.awaitHead().firstMatchingHeader("Path")).contains(path);
            assertThat(new String(call.bytes(), ISO_8859_1)).isEqualTo(method == SdkHttpMethod.HEAD ? "" : path);
            call.awaitDone();
        }
        assertThat(server.acceptedConnections()).isEqualTo(1);
    }

    @Test
    void interimAnswersWithoutEndAreAnError() throws Exception {
        RawServer server = server((header, connection) -> {
            while (true) {
                connection.send("HTTP/1.1 103 Early Hints\r\n\r\n");
            }
        });
        Call call = Call.get(client, server.port());
        assertThat(call.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("interim ones, but got another 103");
        await().until(() -> server.openConnections() == 0);
    }

    // == answers to requests that were not sent ==

    @ParameterizedTest
    @ValueSource(ints = {200, 204})
    void aSuccessBeforeTheBodyWasSentIsAnError(int status) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        RawServer server = server((header, connection) -> {
            connection.send("HTTP/1.1 " + status + " Done\r\nContent-Length: 0\r\n\r\n");
            over.await();
            connection.close();
        });
        Call call = put(server, 1L << 40);
        assertThat(call.awaitError())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("expected a response after the request's body, but got status " + status);
        assertThat(call.done).failsWithin(Patience.PATIENCE);
        over.countDown();
        await().until(() -> server.openConnections() == 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 60_000, 8 << 20})
    void aSuccessAfterTheLastByteIsOne(long length) throws Exception {
        RawServer server = server((header, connection) -> {
            connection.read((int) length);
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        for (int i = 0; i < 30; i++) {
            Call call = put(server, length);
            assertThat(call.awaitHead().statusCode()).isEqualTo(200);
            call.awaitDone();
        }
        assertThat(server.acceptedConnections()).isEqualTo(1);
    }

    @Test
    void aCheckpointThatAStoreAcceptsUnreadIsNotWritten() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        RawServer server = server((header, connection) -> {
            connection.send("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n");
            over.await(); // nothing is read: a client on a busy machine could write all before it sees the answer
            connection.close();
        });
        S3AsyncClient s3 = S3AsyncClient.builder()
                .httpClient(client)
                .region(Region.US_EAST_1)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .endpointOverride(URI.create("http://127.0.0.1:" + server.port()))
                .forcePathStyle(true)
                .build();
        resources.add(s3);
        CheckpointStore checkpoints = S3Checkpoints.at(s3, "s3://bucket/job");
        byte[] large = new byte[64 << 20]; // more than the kernel takes

        assertThatThrownBy(() -> checkpoints.write(large))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("expected a response after the request's body");
        over.countDown();
    }

    private enum Ending {
        FIN,
        RST
    }

    @ParameterizedTest
    @EnumSource(Ending.class)
    void aRefusalThatIsFollowedByACloseIsReported(Ending ending) throws Exception {
        RawServer server = server((header, connection) -> {
            connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nConnection: close\r\n\r\nno!!");
            if (ending == Ending.RST) {
                connection.close(); // with unread bytes of the request
            } else {
                connection.socket().shutdownOutput();
                connection.read(20 << 20);
                connection.close();
            }
        });
        for (int i = 0; i < 50; i++) {
            Call call = put(server, 1L << 40);
            assertThat(call.awaitHead().statusCode()).as("try " + i).isEqualTo(403);
            assertThat(call.bytes()).asString().isEqualTo("no!!");
            call.awaitDone();
        }
    }

    @Test
    void aCloseWithoutAnAnswerIsAnError() throws Exception {
        RawServer server = server((header, connection) -> connection.close());
        for (int i = 0; i < 20; i++) {
            Call call = put(server, 1L << 40);
            assertThat(call.awaitError()).isInstanceOf(IOException.class);
            assertThat(call.done)
                    .failsWithin(Patience.PATIENCE)
                    .withThrowableThat()
                    .withCauseInstanceOf(IOException.class);
        }
        await().until(() -> server.openConnections() == 0);
    }

    private Call put(RawServer server, long length) {
        Flux<ByteBuffer> body = Flux.generate(() -> length, (left, sink) -> {
            int piece = (int) Math.min(left, 1 << 16);
            if (piece > 0) {
                sink.next(ByteBuffer.wrap(new byte[piece]));
            } else {
                sink.complete();
            }
            return left - piece;
        });
        return Call.of(
                client,
                Call.request(SdkHttpMethod.PUT, "http://127.0.0.1:" + server.port() + "/object"),
                Call.content(body, length));
    }

    private RawServer server(RawServer.Answer answer) throws IOException {
        RawServer server = RawServer.answering(answer);
        resources.add(server);
        return server;
    }
}
