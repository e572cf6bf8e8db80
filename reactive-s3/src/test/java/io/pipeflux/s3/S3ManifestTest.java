package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class S3ManifestTest extends S3Test {

    private static final String ODD_KEY = "dir x/a b+c&=%?#ü日.txt";

    @Test
    void aManifestGivesItsObjectsInItsOrderWithSizeAndETag() {
        put("data/b", 5);
        put("data/a", 0);
        put("data/" + ODD_KEY, 7);
        manifest("\"" + ODD_KEY + "\", \"a\", \"b\", \"b\"");

        List<ObjectBytes> objects = channel().objects().collectList().block();

        assertThat(objects)
                .extracting(ObjectBytes::key)
                .containsExactly(key("data/" + ODD_KEY), key("data/a"), key("data/b"), key("data/b"));
        assertThat(objects).extracting(ObjectBytes::size).containsExactly(7L, 0L, 5L, 5L);
        assertThat(objects).extracting(ObjectBytes::ordinal).containsExactly(0L, 1L, 2L, 3L);
        assertThat(objects).extracting(ObjectBytes::etag).doesNotContainNull();
        assertThat(all(channel().bytes()))
                .isEqualTo(concat(S3Server.bytes(7, 7), S3Server.bytes(5, 5), S3Server.bytes(5, 5)));
    }

    @Test
    void aManifestOfManyPartsIsReadLikeAnyObject() {
        List<String> names = IntStream.range(0, 300).mapToObj(i -> "d" + i).toList();
        put("data/d7", 3);
        manifest(names.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(",")));
        S3Channel channel = S3Channels.manifest(
                client, key("train.manifest"), S3ReadOptions.defaults().partSize(100));

        StepVerifier.create(channel.objects()
                        .contextWrite(Pass.resumeAt(at(0, 300)))
                        .map(ObjectBytes::key))
                .expectNextSequence(names.stream().map(n -> key("data/" + n)).toList())
                .verifyComplete();
    }

    @Test
    void anObjectThatIsNotThereIsNamedAfterTheObjectsBeforeIt() {
        put("data/a", 1);
        put("data/c", 1);
        manifest("\"a\", \"none\", \"c\"");

        StepVerifier.create(channel().objects().map(ObjectBytes::key))
                .expectNext(key("data/a"))
                .consumeErrorWith(e -> assertThat(e)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessage("there is no such object, or no such bucket, at http://127.0.0.1:" + proxy.port()
                                + " (404) (" + key("data/none") + ") [PF-OBJECT-01]"))
                .verify();
    }

    @Test
    void whatIsWrongInItComesAfterTheObjectsBeforeIt() {
        put("data/a", 1);
        manifest("\"a\", \"a\",\n 7");

        StepVerifier.create(channel().objects().map(ObjectBytes::key))
                .expectNext(key("data/a"), key("data/a"))
                .consumeErrorWith(e -> assertThat(e)
                        .isInstanceOf(CorruptRecordException.class)
                        .hasMessage(
                                "ManifestFile: line 2, element 4: expected a string, which follows the prefix, but got"
                                        + " the number 7 (" + key("train.manifest") + ") [PF-MANIFEST-01]"))
                .verify();
    }

    @Test
    void aManifestThatIsMissingOrListsNothingIsAnError() {
        assertThatThrownBy(() -> channel().objects().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageStartingWith("there is no such object")
                .hasMessageEndingWith("(" + key("train.manifest") + ") [PF-OBJECT-01]");

        manifest("");
        assertThatThrownBy(() -> channel().objects().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessage("the manifest lists nothing: a channel needs at least one object (" + key("train.manifest")
                        + ") [PF-OBJECT-01]");
    }

    @Test
    void nothingIsSentBeforeAnObjectIsAskedFor() {
        manifest("\"a\"");
        int before = proxy.connections();

        StepVerifier.create(channel().objects(), 0).thenCancel().verify();
        StepVerifier.create(channel().shuffle(1).objects(), 0).thenCancel().verify();

        assertThat(proxy.connections()).isEqualTo(before);
    }

    @Test
    void itsEntriesAreShuffledAndShared() {
        List<String> names = IntStream.range(0, 9).mapToObj(i -> "o" + i).toList();
        names.forEach(name -> put("data/" + name, 1));
        manifest(names.stream().map(n -> "\"" + n + "\"").collect(Collectors.joining(",")));

        for (int epoch = 0; epoch < 2; epoch++) {
            int[] order = SeededPermutation.of(9, 3, epoch);
            for (int host = 0; host < 2; host++) {
                int index = host;
                List<String> expected = IntStream.range(0, 9)
                        .filter(i -> i % 2 == index)
                        .mapToObj(i -> key("data/" + names.get(order[i])))
                        .toList();
                assertThat(channel()
                                .shuffle(3)
                                .shard(2, host)
                                .objects()
                                .contextWrite(Pass.resumeAt(at(epoch, 0)))
                                .map(ObjectBytes::key)
                                .collectList()
                                .block())
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void theLinesOfAnAugmentedManifestGiveTheirAttributesAsObjects() {
        put("1.jpg", 10);
        put(ODD_KEY, 20);
        server.put(
                bucket,
                "aug",
                ("{\"image-ref\":\"" + key("1.jpg")
                                + "\",\"class\":1,\"who\":\"me\"}\n\n{\"class\":\"zwölf\",\"image-ref\":\""
                                + key(ODD_KEY) + "\"}\n")
                        .getBytes(UTF_8));
        S3Channel channel = S3Channels.augmentedManifest(client, key("aug"), List.of("image-ref", "class"));

        List<ObjectBytes> objects = channel.objects().collectList().block();

        assertThat(objects)
                .extracting(ObjectBytes::key)
                .containsExactly(
                        key("1.jpg"), key("aug") + " line 1 class", key(ODD_KEY), key("aug") + " line 3 class");
        assertThat(objects).extracting(ObjectBytes::size).containsExactly(10L, 1L, 20L, 6L);
        assertThat(objects).extracting(ObjectBytes::ordinal).containsExactly(0L, 1L, 2L, 3L);
        assertThat(all(channel.bytes()))
                .isEqualTo(concat(
                        S3Server.bytes(10, 10), new byte[] {'1'}, S3Server.bytes(20, 20), "zwölf".getBytes(UTF_8)));
    }

    @Test
    void linesAreShuffledAndSharedAsWholes() {
        List<String> lines = new ArrayList<>();
        IntStream.range(0, 9).forEach(i -> lines.add("{\"a\":" + i + ",\"b\":\"b" + i + "\"}"));
        server.put(bucket, "aug", String.join("\n", lines).getBytes(UTF_8));
        S3Channel channel = S3Channels.augmentedManifest(client, key("aug"), List.of("b", "a"))
                .shuffle(4);
        int[] order = SeededPermutation.of(9, 4, 2);

        for (int host = 0; host < 10; host++) {
            String expected = host < 9 ? "b" + order[host] + order[host] : "";
            assertThat(new String(all(channel.shard(10, host).bytes().contextWrite(Pass.resumeAt(at(2, 0)))), UTF_8))
                    .isEqualTo(expected);
        }
    }

    @Test
    void wrongArgumentsAreRefusedAtOnce() {
        assertThatThrownBy(() -> S3Channels.manifest(client, "s3://b/"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected the URI of a manifest s3://bucket/key, but got 's3://b/'");
        assertThatThrownBy(() -> S3Channels.augmentedManifest(client, "s3://b/m", List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected at least one attribute name, and all of them different, but got []");
        assertThatThrownBy(() -> S3Channels.augmentedManifest(client, "s3://b/m", List.of("a", "a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("[a, a]");
        assertThatThrownBy(() -> S3Channels.prefix(client, "s3://b/").shard(2, 2))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ResumePoint at(long epoch, long object) {
        return new ResumePoint(new Position(epoch, object, 0, 0), 0);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private void manifest(String entries) {
        String json = "[{\"prefix\": \"" + key("data/") + "\"}" + (entries.isEmpty() ? "" : ", " + entries) + "]";
        server.put(bucket, "train.manifest", json.getBytes(UTF_8));
    }

    private S3Channel channel() {
        return S3Channels.manifest(client, key("train.manifest"));
    }

    private void put(String key, int size) {
        server.put(bucket, key, S3Server.bytes(size, size));
    }

    private String key(String key) {
        return "s3://" + bucket + "/" + key;
    }
}
