package io.pipeflux.s3;

import static io.pipeflux.core.suite.Resuming.after;
import static io.pipeflux.core.suite.Resuming.rest;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.s3.Upload.SentPart;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/**
 * What this version stores, to the byte: tokens of whole channels, files of a cache, serialized uploads. Other versions
 * read it. So a difference here is a new format: keep the old text as one that is still read.
 */
class GoldenFormatsTest extends S3Test {

    private static final FrameFormat<RawRecord> FOURS =
            FrameFormat.of("fours", () -> in -> in.ensure(4) ? in.record(4, 0, 4) : null);

    @TempDir
    Path temporary;

    @BeforeAll
    static void createGoldenBucket(TestInfo test) {
        server(test).createBucket("golden");
    }

    @BeforeEach
    void putObjects() {
        bucket = "golden";
        for (int i = 0; i < 5; i++) {
            server.put(
                    bucket,
                    "train/ü" + i,
                    "%04d%04d%04d%04d".formatted(i, 10 + i, 20 + i, 30 + i).getBytes(UTF_8));
        }
        server.put(
                bucket, "m.manifest", "[{\"prefix\": \"s3://golden/train/\"}, \"ü3\", \"ü0\", \"ü4\"]".getBytes(UTF_8));
    }

    private S3Channel prefix() {
        return S3Channels.prefix(client, "s3://golden/train/");
    }

    private S3Channel manifest() {
        return S3Channels.manifest(client, "s3://golden/m.manifest");
    }

    private static Flux<RawRecord> records(S3Channel channel) {
        return channel.objects().transform(FOURS.decodeObjects());
    }

    private static void assertGolden(Flux<RawRecord> records, String token, String... left) {
        assertThat(after(records, 6).toJson()).isEqualTo(token);
        assertThat(rest(records, ResumePoint.fromJson(token))).containsExactly(left);
    }

    @Test
    void tokensOfAPrefix() {
        assertGolden(
                records(prefix()),
                "{\"format\":1,\"epoch\":0,\"object\":1,\"byte\":12,\"record\":7,\"drop\":0,\"id\":\"86f8c4c7c09a0021\","
                        + "\"list\":\"ee0493133cabc03a\",\"key\":\"s3://golden/train/ü1\"}",
                "0031",
                "0002",
                "0012",
                "0022",
                "0032",
                "0003",
                "0013",
                "0023",
                "0033",
                "0004",
                "0014",
                "0024",
                "0034");
    }

    @Test
    void tokensOfAManifest() {
        assertGolden(
                records(manifest()),
                "{\"format\":1,\"epoch\":0,\"object\":1,\"byte\":12,\"record\":7,\"drop\":0,\"id\":\"bd0dfba3283ea9de\","
                        + "\"list\":\"27615a2509666878\",\"key\":\"s3://golden/train/ü0\"}",
                "0030",
                "0004",
                "0014",
                "0024",
                "0034");
    }

    @Test
    void tokensOfAShuffledShareWhoseRecordsAreShuffled() {
        assertGolden(
                records(prefix().shuffle(42).shard(2, 0)).transform(PipeOperators.shuffle(5, 7)),
                "{\"format\":1,\"epoch\":0,\"object\":1,\"byte\":4,\"record\":5,\"drop\":2,\"id\":\"bd0dfba3283ea9de\","
                        + "\"list\":\"78037ca2c1d9d457\",\"count\":5,\"seed\":42,\"share\":\"2/0\",\"shuffle\":\"5/7\",\"span\":\"ec69c6a18481dca1\",\"n\":1,\"key\":\"s3://golden/train/ü0\"}",
                "0013",
                "0030",
                "0010",
                "0033",
                "0023");
    }

    /** Without the number of further objects of the block, as the first builds wrote them. */
    @Test
    void anEarlierTokenOfAShuffledShare() {
        String token =
                "{\"format\":1,\"epoch\":0,\"object\":1,\"byte\":4,\"record\":5,\"drop\":2,\"id\":\"bd0dfba3283ea9de\","
                        + "\"list\":\"78037ca2c1d9d457\",\"count\":5,\"seed\":42,\"share\":\"2/0\",\"shuffle\":\"5/7\","
                        + "\"span\":\"ec69c6a18481dca1\",\"key\":\"s3://golden/train/ü0\"}";
        Flux<RawRecord> records = records(prefix().shuffle(42).shard(2, 0)).transform(PipeOperators.shuffle(5, 7));
        assertThat(rest(records, ResumePoint.fromJson(token))).containsExactly("0013", "0030", "0010", "0033", "0023");
    }

    @Test
    void filesOfACache() throws Exception {
        Path directory = Files.createDirectory(
                temporary.resolve("cache"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        S3Channel cached = prefix().cachedIn(directory, 1 << 20);
        String first = text(cached.objects().next().flatMapMany(ObjectBytes::bytes));
        String name = "182cd73fc9a5a1230a8d6841fb88054ae59b4bb450e4c25aa0d8f3f067cae895.object";
        assertThat(directory.resolve(name)).exists();
        assertThat(HexFormat.of().formatHex(Files.readAllBytes(directory.resolve(name))))
                .isEqualTo("7066636163686531182cd73fc9a5a1230a8d6841fb88054ae59b4bb450e4c25aa0d8f3f067cae895"
                        + "0000000000000010e5071e956092a56f30303030303031303030323030303330");
        PipelineMonitor monitor = PipelineMonitor.create("train");
        assertThat(text(cached.objects().next().flatMapMany(ObjectBytes::bytes).contextWrite(monitor.watch())))
                .isEqualTo(first);
        assertThat(monitor.cachedBytes()).isEqualTo(16);
    }

    private static String text(Flux<java.nio.ByteBuffer> bytes) {
        return bytes.map(StandardCharsets.UTF_8::decode)
                .collectList()
                .map(all -> String.join("", all))
                .block();
    }

    @Test
    void anUploadThatWasSerialized() throws Exception {
        Upload upload = new Upload(
                new S3Uri("golden", "train/ü5"),
                "id",
                "mark",
                20,
                "yZRlqg==",
                List.of(new SentPart(1, 16, "\"e1\"", "yZRlqg=="), new SentPart(2, 4, "\"e2\"", null)));
        String golden =
                "rO0ABXNyABVpby5waXBlZmx1eC5zMy5VcGxvYWQAAAAAAAAAAQIAB0oABHNpemVMAAZidWNrZXR0ABJMamF2YS9sYW5nL1N0"
                        + "cmluZztMAAJpZHEAfgABTAADa2V5cQB+AAFMAARtYXJrcQB+AAFMAAVwYXJ0c3QAEExqYXZhL3V0aWwvTGlzdDtMAANzdW1x"
                        + "AH4AAXhwAAAAAAAAABR0AAZnb2xkZW50AAJpZHQACXRyYWluL8O8NXQABG1hcmtzcgATamF2YS51dGlsLkFycmF5TGlzdHiB"
                        + "0h2Zx2GdAwABSQAEc2l6ZXhwAAAAAncEAAAAAnNyAB5pby5waXBlZmx1eC5zMy5VcGxvYWQkU2VudFBhcnQAAAAAAAAAAAIA"
                        + "BEkABmxlbmd0aEkABm51bWJlckwABGV0YWdxAH4AAUwAA3N1bXEAfgABeHAAAAAQAAAAAXQABCJlMSJ0AAh5WlJscWc9PXNx"
                        + "AH4ACgAAAAQAAAACdAAEImUyInB4cQB+AA0=";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(upload);
        assertThat(Base64.getEncoder().encodeToString(bytes.toByteArray())).isEqualTo(golden);
        Upload read = (Upload) new ObjectInputStream(
                        new ByteArrayInputStream(Base64.getDecoder().decode(golden)))
                .readObject();
        assertThat(read).usingRecursiveComparison().isEqualTo(upload);
    }
}
