package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import java.io.IOException;
import java.net.URI;
import java.util.BitSet;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A million keys in a thousand pages, over HTTP. {@link MillionKeysTest} has what they take in memory. */
@Tag("stores")
class MillionKeysOverHttpTest {

    private static final int KEYS = 1_000_000;
    private static final int PAGES = KEYS / 1000;
    private static final int FIRST = 1_000_000; // so all names have the same length
    private static final String PREFIX = "p/year=2026/part ";
    private static final byte[] CONTENT = new byte[3];

    private static MisbehavingStore store;
    private static S3AsyncClient client;

    @BeforeAll
    static void start() throws IOException {
        TreeMap<String, byte[]> objects = new TreeMap<>();
        for (int i = 0; i < KEYS; i++) {
            objects.put(PREFIX + (FIRST + i), CONTENT);
        }
        store = new MisbehavingStore(objects, new Misbehaviour() {});
        client = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .endpointOverride(URI.create("http://127.0.0.1:" + store.port()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .build();
    }

    @AfterAll
    static void stop() throws IOException {
        client.close();
        store.close();
    }

    @Test
    void areListedInOrder() {
        int before = store.requests().size();

        assertThat(S3Channels.prefix(client, "s3://train/p/")
                        .objects()
                        .filter(object -> number(object) == object.ordinal() && object.size() == CONTENT.length)
                        .count()
                        .block())
                .isEqualTo(KEYS);
        assertThat(store.requests()).hasSize(before + PAGES);
    }

    @Test
    void areSharedByHostsEachOnce() {
        BitSet seen = new BitSet(KEYS);
        S3Channel shuffled = S3Channels.prefix(client, "s3://train/p/").shuffle(1);

        for (int host = 0; host < 2; host++) {
            assertThat(shuffled.shard(2, host)
                            .objects()
                            .filter(object -> !seen.get(number(object)))
                            .doOnNext(object -> seen.set(number(object)))
                            .count()
                            .block())
                    .isEqualTo(KEYS / 2);
        }
        assertThat(seen.cardinality()).isEqualTo(KEYS);
    }

    private static int number(ObjectBytes object) {
        return Integer.parseInt(object.key().substring(("s3://train/" + PREFIX).length())) - FIRST;
    }
}
