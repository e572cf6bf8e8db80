package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Buckets of another region than the client's, and endpoints that redirect. */
class RedirectTest {

    private static final String ADVICE =
            ": set the region to eu-west-1, or build the client with crossRegionAccessEnabled(true)";
    private static final byte[] OBJECT = S3Server.bytes(100_000, 1);
    private static final Map<String, byte[]> OBJECTS =
            Map.of("p/a", OBJECT, "p/b", OBJECT, "manifest", "[{\"prefix\":\"s3://train/\"},\"p/a\"]".getBytes(UTF_8));
    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(30_000).windowBytes(120_000).retries(2);

    private MisbehavingStore store;
    private S3AsyncClient client;

    @AfterEach
    void close() throws IOException {
        client.close();
        store.close();
    }

    @ParameterizedTest
    @CsvSource({"301, PermanentRedirect", "307, TemporaryRedirect", "400, AuthorizationHeaderMalformed"})
    void aListingNamesTheRegionOfTheBucket(int status, String code) throws Exception {
        start(Request::isList, answer -> answer.error(status, code).header("x-amz-bucket-region", "eu-west-1"));

        fails(S3Channels.prefix(client, "s3://train/p/", OPTIONS), "s3://train/p/", status + " " + code);
        assertThat(store.requests()).hasSize(1);
    }

    @Test
    void soDoesAMessageWithoutTheHeader() throws Exception {
        start(
                Request::isList,
                answer -> answer.error(400, "none")
                        .body("<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is"
                                + " malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'"
                                + "</Message></Error>"));

        fails(S3Channels.prefix(client, "s3://train/p/", OPTIONS), "s3://train/p/", "400 AuthorizationHeaderMalformed");
    }

    @Test
    void soDoesAGet() throws Exception {
        start(
                Request::isGet,
                answer -> answer.error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1"));

        fails(S3Channels.prefix(client, "s3://train/p/", OPTIONS), "s3://train/p/a", "301 PermanentRedirect");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 400})
    void soDoesTheHeadOfAManifest(int status) throws Exception {
        start(
                request -> request.method().equals("HEAD"),
                answer -> answer.error(status, "none").header("x-amz-bucket-region", "eu-west-1"));

        fails(
                S3Channels.manifest(client, "s3://train/manifest", OPTIONS),
                "s3://train/manifest",
                status + " without a code");
        assertThat(store.requests())
                .as("no retries: another one would fail, too")
                .hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aRedirectOfAProxyNamesWhereItGoes() throws Exception {
        start(
                request -> true,
                answer -> answer.html(302, "Found").header("Location", "https://login.example/?from=train"));

        assertThatThrownBy(() -> read(S3Channels.prefix(client, "s3://train/p/", OPTIONS)))
                .isInstanceOf(ObjectReadException.class)
                .hasMessage("bucket 'train' is not served by http://127.0.0.1:" + store.port()
                        + " (302 without a code): it redirects to https://login.example/?from=train: set the"
                        + " endpoint to that one (s3://train/p/) [PF-S3-04]");
    }

    /** The SDK asks where the bucket is, and sends the request again, with the same receiver of its answer. */
    @Test
    void aClientWithAccessAcrossRegionsReads() throws Exception {
        start(
                request -> !request.headers().get("authorization").contains("/eu-west-1/"),
                answer -> answer.error(301, "PermanentRedirect").header("x-amz-bucket-region", "eu-west-1"));
        client.close();
        client = client(true);

        assertThat(read(S3Channels.prefix(client, "s3://train/p/", OPTIONS))).hasSize(2 * OBJECT.length);
        assertThat(read(S3Channels.manifest(client, "s3://train/manifest", OPTIONS)))
                .isEqualTo(OBJECT);
    }

    private static byte[] read(S3Channel channel) {
        return S3Test.join(channel.bytes().collectList().block(Patience.PATIENCE));
    }

    private void fails(S3Channel channel, String source, String answer) {
        assertThatThrownBy(() -> read(channel))
                .isInstanceOf(ObjectReadException.class)
                .hasMessage("bucket 'train' is not served by http://127.0.0.1:" + store.port() + " (" + answer + ")"
                        + ADVICE + " (" + source + ") [PF-S3-04]");
    }

    private interface Change {
        void apply(Answer answer);
    }

    private void start(Predicate<Request> changed, Change change) throws IOException {
        store = new MisbehavingStore(OBJECTS, new Misbehaviour() {
            @Override
            public void answer(Request request, Answer answer) {
                if (changed.test(request)) {
                    change.apply(answer);
                }
            }
        });
        client = client(false);
    }

    private S3AsyncClient client(boolean acrossRegions) {
        return S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create("http://127.0.0.1:" + store.port()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .crossRegionAccessEnabled(acrossRegions)
                .build();
    }
}
