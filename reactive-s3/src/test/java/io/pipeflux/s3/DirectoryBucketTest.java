package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.EveryHostIsHere;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.Page;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.net.URI;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Directory buckets (S3 Express One Zone): sessions in place of credentials, listings in another order each time. */
class DirectoryBucketTest {

    private static final String BUCKET = "train--usw2-az1--x-s3";
    private static final String PREFIX = "s3://" + BUCKET + "/p/";
    private static final String SESSION = "<?xml version=\"1.0\"?><CreateSessionResult><Credentials>"
            + "<AccessKeyId>session-key</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
            + "<SessionToken>session-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
            + "</Credentials></CreateSessionResult>";
    private static final int COUNT = 50;

    /** Keys that UTF-16 and UTF-8 order differently, too. */
    private static final List<String> KEYS = IntStream.range(0, COUNT)
            .mapToObj(i -> "p/" + (i < 2 ? "\ufffd" : i < 4 ? "\ud83d\ude00" : "") + (100 + i))
            .toList();

    private final EveryHostIsHere hosts = new EveryHostIsHere();
    private final Random random = new Random(1);
    private volatile boolean twice;
    private volatile boolean denied;
    private MisbehavingStore store;
    private S3AsyncClient client;

    @BeforeEach
    void start() throws IOException {
        Map<String, byte[]> objects =
                KEYS.stream().collect(Collectors.toMap(key -> key, key -> S3Server.bytes(100, key.hashCode())));
        store = new MisbehavingStore(objects, new Misbehaviour() {
            @Override
            public void page(Request request, Page page) {
                Collections.shuffle(page.entries, random);
                if (twice) {
                    page.entries.set(0, page.entries.get(1));
                }
            }

            @Override
            public void answer(Request request, Answer answer) {
                if (request.query().containsKey("session")) {
                    answer.status(200).header("Content-Type", "application/xml").body(SESSION);
                } else if (denied) {
                    answer.error(403, "AccessDenied");
                } else if (request.isList()
                        && request.query().getOrDefault("prefix", "").matches(".*[^/]")) {
                    answer.error(400, "InvalidArgument");
                }
            }
        });
        client = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder().httpClient(http -> http.resolver(hosts)))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create("http://s3.test:" + store.port()))
                .region(Region.US_WEST_2)
                .build();
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        store.close();
        hosts.close();
    }

    @Test
    void itsObjectsAreReadInTheOrderOfTheirKeysInASession() {
        S3Channel channel = S3Channels.prefix(client, PREFIX);

        List<String> listed = keys(channel);
        assertThat(listed)
                .hasSize(COUNT)
                .startsWith("p/104", "p/105")
                .endsWith("p/\ufffd100", "p/\ufffd101", "p/\ud83d\ude00102", "p/\ud83d\ude00103");
        assertThat(keys(channel)).isEqualTo(listed);
        assertThat(S3Test.join(channel.bytes().collectList().block(Patience.PATIENCE)))
                .hasSize(COUNT * 100);
        assertThat(store.requests().stream()
                        .filter(request -> request.isList() || request.key().startsWith("p/")))
                .hasSizeGreaterThan(COUNT)
                .allSatisfy(request ->
                        assertThat(request.headers()).containsEntry("x-amz-s3session-token", "session-token"));
        assertThat(hosts.names()).allMatch(host -> host.startsWith(BUCKET + "."));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hostsThatListItDifferentlyShareItWithoutLossOrDoubles(boolean shuffled) {
        S3Channel channel = S3Channels.prefix(client, PREFIX);
        Set<String> all = new HashSet<>();

        for (int host = 0; host < 3; host++) {
            S3Channel share = (shuffled ? channel.shuffle(5) : channel).shard(3, host);
            assertThat(keys(share)).allMatch(all::add);
        }
        assertThat(all).hasSize(COUNT);
    }

    @Test
    void aKeyThatIsListedTwiceIsAnError() {
        twice = true;

        assertThatThrownBy(() -> keys(S3Channels.prefix(client, PREFIX)))
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("expected each key once");
    }

    @Test
    void aPrefixThatIsNotADirectoryIsRefused() {
        assertThatThrownBy(() -> S3Channels.prefix(client, "s3://" + BUCKET + "/p"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'s3://" + BUCKET + "/p'");
        assertThat(keys(S3Channels.prefix(client, "s3://" + BUCKET))).hasSize(COUNT);
    }

    @Test
    void aManifestIsLookedForWithoutAListingThatSuchABucketRefuses() {
        S3Writer writer = S3Writer.of(client, S3WriteOptions.defaults().retries(0));

        writer.requireAbsent(S3Uri.parse("s3://" + BUCKET + "/new.manifest")).block(Patience.PATIENCE);
        assertThatThrownBy(() -> writer.requireAbsent(S3Uri.parse("s3://" + BUCKET + "/" + KEYS.get(7)))
                        .block(Patience.PATIENCE))
                .isInstanceOf(ObjectWriteException.class)
                .hasMessageContaining("expected no manifest");
        denied = true;
        assertThatThrownBy(() -> writer.requireAbsent(S3Uri.parse("s3://" + BUCKET + "/new.manifest"))
                        .block(Patience.PATIENCE))
                .isInstanceOf(ObjectWriteException.class)
                .hasMessageContaining("403");
        assertThat(store.requests()).noneMatch(Request::isList);
    }

    private static List<String> keys(S3Channel channel) {
        return channel.objects()
                .map(ObjectBytes::key)
                .map(key -> key.substring(("s3://" + BUCKET + "/").length()))
                .collectList()
                .block(Patience.PATIENCE);
    }
}
