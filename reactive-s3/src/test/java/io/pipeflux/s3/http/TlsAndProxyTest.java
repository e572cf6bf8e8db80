package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.util.SelfSignedCertificate;
import io.pipeflux.s3.test.RawServer;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.utils.AttributeMap;

@SuppressWarnings("deprecation") // the JDK has no other maker of certificates
class TlsAndProxyTest {

    private static SelfSignedCertificate ours;
    private static SelfSignedCertificate elsewhere;

    private final List<AutoCloseable> resources = new ArrayList<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        ours = new SelfSignedCertificate("localhost");
        elsewhere = new SelfSignedCertificate("elsewhere.example");
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
    }

    @Test
    void aTrustedCertificateOfTheHostIsAccepted() throws Exception {
        byte[] object = S3Server.bytes(1 << 20, 5);
        RawServer server =
                tlsServer(ours, (header, client) -> client.ok(object.length).send(object));
        ReactorNettyHttpClient client =
                client(ReactorNettyHttpClient.builder().tls(tls -> tls.trustManager(ours.certificate())));
        assertThat(get(client, "https://localhost:" + server.port()).bytes()).isEqualTo(object);
    }

    @Test
    void aCertificateThatIsNotTrustedIsRefused() throws Exception {
        RawServer server = tlsServer(ours, (header, client) -> client.ok(0));
        Call call = get(client(ReactorNettyHttpClient.builder()), "https://localhost:" + server.port());
        assertThat(call.awaitError()).isInstanceOf(IOException.class).hasRootCauseInstanceOf(Exception.class);
        assertThat(call.awaitError()).hasCauseInstanceOf(SSLException.class);
    }

    @Test
    void aCertificateOfAnotherHostIsRefused() throws Exception {
        RawServer server = tlsServer(elsewhere, (header, client) -> client.ok(0));
        Call call = get(
                client(ReactorNettyHttpClient.builder().tls(tls -> tls.trustManager(elsewhere.certificate()))),
                "https://localhost:" + server.port());
        assertThat(call.awaitError()).hasCauseInstanceOf(SSLException.class);
    }

    @Test
    void aServiceMayTrustAllCertificates() throws Exception {
        RawServer server = tlsServer(elsewhere, (header, client) -> client.ok(5).send("hello"));
        ReactorNettyHttpClient client = ReactorNettyHttpClient.builder()
                .buildWithDefaults(AttributeMap.builder()
                        .put(SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES, true)
                        .build());
        resources.add(client);
        assertThat(get(client, "https://localhost:" + server.port()).bytes()).hasSize(5);
    }

    @Test
    void everythingGoesThroughTheProxy() throws Exception {
        RawServer server = server((header, client) -> client.ok(5).send("hello"));
        RawServer proxy = server((header, client) -> {
            client.send("HTTP/1.1 200 Connection established\r\n\r\n");
            try (Socket onward = new Socket("127.0.0.1", server.port())) {
                Thread up = new Thread(() -> {
                    try {
                        client.socket().getInputStream().transferTo(onward.getOutputStream());
                    } catch (IOException closed) {
                        // at the end of the test
                    }
                });
                up.setDaemon(true);
                up.start();
                onward.getInputStream().transferTo(client.socket().getOutputStream());
            }
        });
        ReactorNettyHttpClient client = client(ReactorNettyHttpClient.builder().proxy("127.0.0.1", proxy.port()));
        assertThat(get(client, "http://bucket.invalid").bytes()).asString().isEqualTo("hello");
        assertThat(proxy.headers().get(0)).startsWith("CONNECT bucket.invalid:80 HTTP/1.1\r\n");
        assertThat(server.headers().get(0)).startsWith("GET /object HTTP/1.1\r\n");
    }

    @Test
    void aProxyThatRefusesIsAnError() throws Exception {
        RawServer proxy =
                server((header, client) -> client.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"));
        Call call =
                get(client(ReactorNettyHttpClient.builder().proxy("127.0.0.1", proxy.port())), "http://bucket.invalid");
        assertThat(call.awaitError()).isInstanceOf(IOException.class).hasMessageContaining("403 Forbidden");
    }

    @Test
    void theMapperHasTheLastWord() throws Exception {
        RawServer server = server((header, client) -> client.ok(0));
        Call call = Call.get(
                client(ReactorNettyHttpClient.builder()
                        .httpClient(http -> http.headers(headers -> headers.set("x-mapped", "yes")))),
                server.port());
        call.awaitDone();
        assertThat(server.headers().get(0)).contains("x-mapped: yes");
    }

    private static Call get(ReactorNettyHttpClient client, String endpoint) {
        return Call.of(client, Call.request(SdkHttpMethod.GET, endpoint + "/object"), Call.content(Flux.empty(), 0L));
    }

    private RawServer tlsServer(SelfSignedCertificate certificate, RawServer.Answer answer) throws Exception {
        KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
        keys.load(null, null);
        keys.setKeyEntry("key", certificate.key(), new char[0], new Certificate[] {certificate.cert()});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        RawServer server = RawServer.answering(context.getServerSocketFactory(), answer);
        resources.add(server);
        return server;
    }

    private RawServer server(RawServer.Answer answer) throws IOException {
        RawServer server = RawServer.answering(answer);
        resources.add(server);
        return server;
    }

    private ReactorNettyHttpClient client(ReactorNettyHttpClientBuilder builder) {
        ReactorNettyHttpClient client = builder.build();
        resources.add(client);
        return client;
    }
}
