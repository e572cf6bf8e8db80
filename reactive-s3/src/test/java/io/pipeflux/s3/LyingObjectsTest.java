package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.s3.test.LyingStore;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Headers that a store leaves out: what cannot be known or checked is an error. */
class LyingObjectsTest extends S3Test {

    private static final byte[] OBJECT = S3Server.bytes(1000, 1);

    private LyingStore store;
    private S3AsyncClient liar;

    @BeforeEach
    void startStore() throws IOException {
        store = LyingStore.start();
        liar = server.client(store.port());
        store.object("/" + bucket + "/a", OBJECT)
                .pages(LyingStore.page(
                        List.of(),
                        LyingStore.contents("a", "<Size>" + OBJECT.length + "</Size>"),
                        LyingStore.truncated(false)));
    }

    @AfterEach
    void stopStore() {
        store.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-5"})
    void anObjectOfAManifestWithoutALengthIsAnError(String length) {
        String manifest = "[{\"prefix\": \"s3://" + bucket + "/\"}, \"a\"]";
        store.object("/" + bucket + "/manifest", manifest.getBytes(UTF_8))
                .etag("\"e\"")
                .lengthOfHead(length);

        assertThatThrownBy(() -> S3Channels.manifest(liar, "s3://" + bucket + "/manifest")
                        .objects()
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("s3://" + bucket + "/manifest")
                .hasMessageContaining("expected the object's Content-Length, but got ");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anObjectThatIsListedAsEmptyAndIsNotIsAnError(boolean rangesIgnored) {
        listAsEmpty("a");
        if (rangesIgnored) {
            store.ignoreRanges();
        }

        assertThatThrownBy(() -> channel(OBJECT.length).bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("s3://" + bucket + "/a")
                .hasMessageContaining("listed as empty");
    }

    @Test
    void anEmptyObjectOfAStoreThatIgnoresRangesIsEmpty() {
        listAsEmpty("a");
        store.object("/" + bucket + "/a", new byte[0]).ignoreRanges();

        assertThat(all(channel(OBJECT.length).bytes())).isEmpty();
    }

    private void listAsEmpty(String key) {
        store.pages(
                LyingStore.page(List.of(), LyingStore.contents(key, "<Size>0</Size>"), LyingStore.truncated(false)));
    }

    @Test
    void anEmptyObjectIsReadAsNothing() {
        server.put(bucket, "e/a", new byte[0]);
        server.put(bucket, "e/b", OBJECT);
        server.put(bucket, "e/c", new byte[0]);

        assertThat(all(S3Channels.prefix(client, "s3://" + bucket + "/e/").bytes()))
                .isEqualTo(OBJECT);
        assertThat(proxy.ranges()).hasSize(3); // each is looked at
    }

    @Test
    void anEmptyObjectThatIsReplacedBeforeItIsReadIsAnError() {
        server.put(bucket, "e/a", new byte[0]);
        ObjectBytes listed = object(client, "e/", OBJECT.length);
        server.put(bucket, "e/a", OBJECT);

        assertThatThrownBy(() -> listed.bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("the object changed while it was read");
        server.delete(bucket, "e/a");
        assertThatThrownBy(() -> listed.bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("the object is gone");
    }

    @Test
    void anObjectWithoutAnETagIsReadWhereOneAnswerHasAllOfIt() {
        assertThat(all(channel(OBJECT.length).bytes())).isEqualTo(OBJECT);
    }

    @Test
    void partsOfAnObjectWithoutAnETagMayBeOfDifferentVersions() {
        assertThatThrownBy(() -> channel(600).bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("expected an ETag, but got none");
    }

    @Test
    void anETagThatIsNotRepeatedIsNotCheckedEither() {
        store.pages(LyingStore.page(
                List.of(),
                LyingStore.contents("a", "<Size>1000</Size><ETag>\"e\"</ETag>"),
                LyingStore.truncated(false)));

        assertThatThrownBy(() -> channel(OBJECT.length).bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("expected ETag \"e\", but got none");
    }

    private S3Channel channel(int partSize) {
        return S3Channels.prefix(
                liar,
                "s3://" + bucket + "/a",
                S3ReadOptions.defaults().partSize(partSize).retries(1));
    }
}
