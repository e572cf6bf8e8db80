package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.EveryHostIsHere;
import io.pipeflux.s3.test.S3Server;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Buckets in the host's name, as AWS has them, and TLS: a server with a certificate of all its buckets. */
class AddressingTest {

    private static final String HOST = "s3.test";
    private static final String PASSWORD = "password";
    private static final byte[] OBJECT = S3Server.bytes(300_000, 1);
    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(50_000).windowBytes(200_000).retries(1);

    @TempDir
    private static Path directory;

    private static S3Proxy server;
    private static TrustManagerFactory trusted;

    @BeforeAll
    static void startServer() throws Exception {
        KeyStore keys = keys();
        trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        server = S3Proxy.builder()
                .blobStore(new TransientNio2BlobStore())
                .endpoint(URI.create("http://127.0.0.1:0"))
                .secureEndpoint(URI.create("https://127.0.0.1:0"))
                .sslContext(tls)
                .virtualHost(HOST)
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, S3Server.ACCESS_KEY, S3Server.SECRET_KEY)
                .ignoreUnknownHeaders(true)
                .build();
        server.start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.stop();
    }

    @ParameterizedTest
    @CsvSource({
        "http, false, plain-bucket, plain-bucket.s3.test",
        "https, false, tls-bucket, tls-bucket.s3.test",
        "http, false, dotted.bucket, dotted.bucket.s3.test",
        "https, false, dotted.tls.bucket, s3.test", // the certificate is not one of hosts with more dots
        "https, true, path-bucket, s3.test",
    })
    void aBucketIsReadByItsHostOrItsPath(String scheme, boolean byPath, String bucket, String host) {
        EveryHostIsHere hosts = new EveryHostIsHere();
        try (S3AsyncClient client = client(scheme, byPath, hosts, trusted)) {
            client.createBucket(r -> r.bucket(bucket)).join();
            for (String key : List.of("p/a b+c", "p/d")) {
                client.putObject(r -> r.bucket(bucket).key(key), AsyncRequestBody.fromBytes(OBJECT))
                        .join();
            }
            byte[] manifest = ("[{\"prefix\":\"s3://" + bucket + "/p/\"},\"a b+c\"]").getBytes(UTF_8);
            client.putObject(r -> r.bucket(bucket).key("manifest"), AsyncRequestBody.fromBytes(manifest))
                    .join();
            S3Channel channel = S3Channels.prefix(client, "s3://" + bucket + "/p/", OPTIONS);

            assertThat(channel.objects().map(ObjectBytes::key).collectList().block())
                    .containsExactly("s3://" + bucket + "/p/a b+c", "s3://" + bucket + "/p/d");
            assertThat(read(channel)).hasSize(2 * OBJECT.length);
            assertThat(read(S3Channels.manifest(client, "s3://" + bucket + "/manifest", OPTIONS)))
                    .isEqualTo(OBJECT);
        }
        assertThat(hosts.names()).containsExactly(host);
    }

    @Test
    void aCertificateThatIsNotTrustedIsAnErrorThatSaysSo() {
        try (S3AsyncClient client = client("https", true, new EveryHostIsHere(), null)) {
            assertThatThrownBy(() -> read(S3Channels.prefix(client, "s3://bucket/p/", OPTIONS)))
                    .isInstanceOf(ObjectReadException.class)
                    .hasStackTraceContaining(SSLHandshakeException.class.getName())
                    .hasMessageStartingWith("no TLS connection to https://s3.test:" + server.getSecurePort()
                            + ": check that its certificate is one of this host, and trusted")
                    .message()
                    .hasLineCount(1);
        }
    }

    /** Clients of the wrong scheme: an error, and neither a hang nor an empty channel. */
    @ParameterizedTest
    @CsvSource({"http, true", "https, false"})
    void theOtherSchemeIsAnError(String scheme, boolean toTls) {
        int port = toTls ? server.getSecurePort() : server.getPort();
        try (S3AsyncClient client = client(URI.create(scheme + "://127.0.0.1:" + port), true, null, trusted)) {
            assertThatThrownBy(() -> read(S3Channels.prefix(client, "s3://bucket/p/", OPTIONS)))
                    .isInstanceOf(ObjectReadException.class)
                    .message()
                    .hasLineCount(1);
        }
    }

    private static byte[] read(S3Channel channel) {
        return S3Test.join(channel.bytes().collectList().block(Patience.PATIENCE));
    }

    private static S3AsyncClient client(
            String scheme, boolean byPath, EveryHostIsHere hosts, @Nullable TrustManagerFactory trusted) {
        int port = scheme.equals("https") ? server.getSecurePort() : server.getPort();
        return client(URI.create(scheme + "://" + HOST + ":" + port), byPath, hosts, trusted);
    }

    private static S3AsyncClient client(
            URI endpoint, boolean byPath, @Nullable EveryHostIsHere hosts, @Nullable TrustManagerFactory trusted) {
        var http = ReactorNettyHttpClient.builder();
        if (hosts != null) {
            http.httpClient(client -> client.resolver(hosts));
        }
        if (trusted != null) {
            http.tls(tls -> tls.trustManager(trusted));
        }
        return S3AsyncClient.builder()
                .httpClientBuilder(http)
                .overrideConfiguration(c -> c.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(S3Server.ACCESS_KEY, S3Server.SECRET_KEY)))
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .forcePathStyle(byPath)
                .build();
    }

    /** A key with a certificate of the host and of those one label below. */
    private static KeyStore keys() throws Exception {
        Path file = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "key",
                        "-dname",
                        "CN=" + HOST,
                        "-ext",
                        "san=dns:" + HOST + ",dns:*." + HOST,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }
}
