package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.S3Server;
import io.pipeflux.s3.test.Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.s3.model.RequestPayer;

/**
 * What a channel owes its user, whatever store it reads from: all bytes, in order, or an error. A subclass starts a
 * store. What that store answers differently from S3 is in {@code docs/s3.md}, and compared with it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreContract {

    private static final int PART = 4096;
    private static final S3ReadOptions SMALL_PARTS =
            S3ReadOptions.defaults().partSize(PART).windowBytes(4 * PART).retries(2);
    private static final int LEAST_UPLOADED_PART = 5 << 20;

    private final AtomicInteger buckets = new AtomicInteger();
    private SdkAsyncHttpClient http;
    private Store store;
    private S3AsyncClient client;
    private S3AsyncClient defaults;
    private StoreFacts facts;
    private String bucket;

    /** The store's name in the documentation. */
    abstract String name();

    abstract Store start() throws Exception;

    /** Returns what is seen instead of some rows of the documentation's table, by row. */
    Map<String, String> differences() {
        return Map.of();
    }

    @BeforeAll
    void startStore() throws Exception {
        store = start();
        http = ReactorNettyHttpClient.create();
        client = client(() -> AwsBasicCredentials.create(store.accessKey(), store.secretKey()));
        defaults = builder(() -> AwsBasicCredentials.create(store.accessKey(), store.secretKey()))
                .build();
        facts = new StoreFacts(this::client, client, defaults);
    }

    @AfterAll
    void stopStore() {
        if (store != null) {
            client.close();
            defaults.close();
            http.close();
            store.close();
        }
    }

    @BeforeEach
    void makeBucket() {
        bucket = "bucket-" + buckets.incrementAndGet();
        client.createBucket(r -> r.bucket(bucket)).join();
    }

    private S3AsyncClientBuilder builder(AwsCredentialsProvider credentials) {
        return S3AsyncClient.builder()
                .httpClient(http)
                .credentialsProvider(credentials)
                .endpointOverride(store.endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true);
    }

    private S3AsyncClient client(AwsCredentialsProvider credentials) {
        return builder(credentials)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .build();
    }

    @Test
    void whatTheDocumentationSaysOfItIsWhatIsSeen() throws Exception {
        List<String> documented = StoreFacts.column(documentation(), name()).stream()
                .map(this::changed)
                .toList();

        assertThat(facts.seen(bucket)).containsExactlyElementsOf(documented);
    }

    private String changed(String documented) {
        String row = documented.substring(0, documented.indexOf(": "));
        String seen = differences().get(row);
        return seen == null ? documented : row + ": " + seen;
    }

    @Test
    void keysOfAnyCharactersAreListedAndRead() {
        Map<String, byte[]> objects = new HashMap<>();
        for (String key : StoreFacts.ODD_KEYS) {
            byte[] content = ("of " + key).getBytes(UTF_8);
            if (facts.takes(bucket, key, content)) {
                objects.put("s3://" + bucket + "/" + key, content);
            }
        }

        S3Channel channel = S3Channels.prefix(client, "s3://" + bucket);
        if (facts.order(bucket).equals(StoreFacts.NO_ORDER)) {
            assertThatThrownBy(() -> read(channel)).isInstanceOf(ObjectReadException.class);
            return;
        }
        Map<String, byte[]> read = read(channel);

        assertThat(read.keySet()).containsExactlyInAnyOrderElementsOf(objects.keySet());
        read.forEach((key, bytes) -> assertThat(bytes).as(key).isEqualTo(objects.get(key)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PART - 1, PART, PART + 1, 25 * PART + 17})
    void everyByteArrivesInRangesAndFromAnyOffset(int size) {
        byte[] content = put("o", S3Server.bytes(size, size));
        if (size == 0 && !facts.showsEmptyObjects(bucket)) {
            assertThatThrownBy(() -> readOne("o", SMALL_PARTS)).isInstanceOf(ObjectReadException.class);
            return;
        }

        assertThat(readOne("o", SMALL_PARTS)).isEqualTo(content);
        for (int from : new int[] {0, 1, size / 2, size}) {
            if (from <= size) {
                assertThat(bytes(object("o", SMALL_PARTS).bytes(from)))
                        .isEqualTo(Arrays.copyOfRange(content, from, size));
            }
        }
    }

    @Test
    void emptyObjectsAreReadAndFoldersLeftOut() {
        boolean shown = facts.showsEmptyObjects(bucket);
        put("p/a", new byte[shown ? 0 : 1]);
        put("p/b", new byte[1]);
        facts.takes(bucket, "p/c/", new byte[0]);

        assertThat(read(S3Channels.prefix(client, "s3://" + bucket + "/p/")).keySet())
                .containsExactly("s3://" + bucket + "/p/a", "s3://" + bucket + "/p/b");
    }

    @ParameterizedTest
    @ValueSource(ints = {PART / 2, 3 * PART})
    void anObjectThatIsReplacedAfterItsListingIsAnError(int size) {
        put("o", S3Server.bytes(size, 1));
        ObjectBytes listed = object("o", SMALL_PARTS);
        put("o", S3Server.bytes(size, 2));

        assertThatThrownBy(() -> bytes(listed.bytes())).isInstanceOf(ObjectReadException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {PART / 2, 3 * PART})
    void anObjectThatIsDeletedAfterItsListingIsAnError(int size) {
        put("o", S3Server.bytes(size, 1));
        ObjectBytes listed = object("o", SMALL_PARTS);
        client.deleteObject(r -> r.bucket(bucket).key("o")).join();

        assertThatThrownBy(() -> bytes(listed.bytes())).isInstanceOf(ObjectReadException.class);
    }

    /** Checksums of uploads and answers included, which the SDK computes by itself. */
    @ParameterizedTest
    @ValueSource(ints = {PART / 2, 3 * PART})
    void aClientWithTheDefaultsOfTheSdkReads(int size) {
        byte[] content = put("o", S3Server.bytes(size, 1));

        assertThat(bytes(S3Channels.prefix(defaults, "s3://" + bucket + "/o", SMALL_PARTS)
                        .bytes()))
                .isEqualTo(content);
    }

    @Test
    void objectsOfSeveralUploadedPartsAreRead() {
        byte[] content = S3Server.bytes(2 * LEAST_UPLOADED_PART + 3, 5);
        facts.uploadInParts(bucket, "o", content, LEAST_UPLOADED_PART, null);
        S3ReadOptions options = S3ReadOptions.defaults().partSize(1 << 20);

        assertThat(Arrays.equals(readOne("o", options), content)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {PART, 2 * LEAST_UPLOADED_PART + 3})
    void whatIsWrittenIsReadBack(int size) {
        byte[] content = S3Server.bytes(size, 6);
        boolean sums = facts.takesWithChecksum(bucket, "sum", new byte[1], SumKind.CRC32C);
        S3WriteOptions options = S3WriteOptions.defaults().partSize(LEAST_UPLOADED_PART);
        S3Writer writer = S3Writer.of(client, sums ? options : options.checksums(Checksums.OFF));

        writer.write("s3://" + bucket + "/o", Mono.fromSupplier(() -> ByteBuffer.wrap(content)))
                .block(Patience.PATIENCE);
        assertThat(Arrays.equals(readOne("o", S3ReadOptions.defaults()), content))
                .isTrue();
    }

    @Test
    void anOlderVersionIsReadIfTheStoreKeepsIt() {
        if (!facts.keepsVersions(bucket)) {
            return;
        }
        String first = facts.put(bucket, "o", "first".getBytes(UTF_8)).versionId();
        put("o", "second".getBytes(UTF_8));
        put("manifest", ("[{\"prefix\":\"s3://" + bucket + "/\"},\"o\"]").getBytes(UTF_8));
        S3ReadOptions options = S3ReadOptions.defaults().onRequest(request -> {
            if ("o".equals(request.build().key())) {
                request.versionId(first);
            }
        });

        assertThat(bytes(S3Channels.manifest(client, "s3://" + bucket + "/manifest", options)
                        .bytes()))
                .asString()
                .isEqualTo("first");
        assertThat(readOne("o", S3ReadOptions.defaults())).asString().isEqualTo("second");
    }

    /** Verified, or known not to be: what the store states is compared, and REQUIRE is never fulfilled without. */
    @ParameterizedTest
    @EnumSource(SumKind.class)
    void objectsAreVerifiedByTheChecksumsThatTheStoreStates(SumKind kind) {
        for (int size : new int[] {PART / 2, 3 * PART}) {
            byte[] content = S3Server.bytes(size, size);
            if (!facts.takesWithChecksum(bucket, "o", content, kind)) {
                continue;
            }
            boolean stated = facts.states(bucket, "o", kind, size <= PART);
            PipelineMonitor monitor = PipelineMonitor.create("train");
            S3ReadOptions required = SMALL_PARTS.checksums(Checksums.REQUIRE);

            assertThat(bytes(channel("o", SMALL_PARTS).bytes().contextWrite(monitor.watch())))
                    .isEqualTo(content);
            assertThat(monitor.verifiedBytes())
                    .isEqualTo(stated && SumKind.of(Checksums.WHEN_AVAILABLE).contains(kind) ? size : 0);
            if (stated) {
                assertThat(readOne("o", required)).isEqualTo(content);
            } else {
                assertThatThrownBy(() -> readOne("o", required)).isInstanceOf(ObjectReadException.class);
            }
        }
    }

    @Test
    void whatIsStoredWithAContentEncodingArrivesAsStored() throws Exception {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(S3Server.bytes(5 * PART, 3));
        }
        client.putObject(
                        r -> r.bucket(bucket).key("o").contentEncoding("gzip"),
                        AsyncRequestBody.fromBytes(compressed.toByteArray()))
                .join();

        assertThat(readOne("o", SMALL_PARTS)).isEqualTo(compressed.toByteArray());
        assertThat(readOne("o", S3ReadOptions.defaults())).isEqualTo(compressed.toByteArray());
    }

    @Test
    void whatIsMissingOrRefusedIsAnError() {
        put("manifest", ("[{\"prefix\":\"s3://" + bucket + "/\"},\"missing\"]").getBytes(UTF_8));
        List<S3Channel> failing = new ArrayList<>(List.of(
                S3Channels.prefix(client, "s3://no-such-bucket/"),
                S3Channels.prefix(client, "s3://" + bucket + "/no-such-prefix"),
                S3Channels.manifest(client, "s3://" + bucket + "/missing"),
                S3Channels.manifest(client, "s3://" + bucket + "/manifest")));
        if (facts.checksSignatures(bucket)) {
            S3AsyncClient wrongSecret = client(() -> AwsBasicCredentials.create(store.accessKey(), "wrong"));
            failing.add(S3Channels.prefix(wrongSecret, "s3://" + bucket));
            failing.add(S3Channels.manifest(wrongSecret, "s3://" + bucket + "/manifest"));
        }

        for (S3Channel channel : failing) {
            assertThatThrownBy(() -> bytes(channel.bytes()))
                    .isInstanceOf(ObjectReadException.class)
                    .message()
                    .hasLineCount(1);
        }
    }

    @Test
    void credentialsThatRunOutAreRequestedFromTheProviderAgain() {
        byte[] content = put("o", S3Server.bytes(20 * PART, 1));
        AtomicInteger calls = new AtomicInteger();
        S3AsyncClient rotating = client(() -> AwsBasicCredentials.create(
                store.accessKey(), calls.incrementAndGet() % 5 == 3 ? "wrong" : store.secretKey()));

        assertThat(bytes(S3Channels.prefix(rotating, "s3://" + bucket + "/o", SMALL_PARTS.retries(30))
                        .bytes()))
                .isEqualTo(content);
        assertThat(calls).hasValueGreaterThan(20);
    }

    @Test
    void aRequesterWhoPaysReads() {
        byte[] content = put("o", S3Server.bytes(3 * PART, 1));

        assertThat(readOne("o", SMALL_PARTS.onRequest(request -> request.requestPayer(RequestPayer.REQUESTER))))
                .isEqualTo(content);
    }

    @Test
    void checkpointsAreReplacedAndRead() throws Exception {
        var checkpoints = S3Checkpoints.at(client, "s3://" + bucket + "/checkpoints");

        assertThat(checkpoints.read()).isEmpty();
        checkpoints.write(new byte[] {1});
        checkpoints.write(S3Server.bytes(100_000, 1));
        assertThat(checkpoints.read()).hasValue(S3Server.bytes(100_000, 1));
    }

    @Test
    @Tag("stores")
    @Timeout(value = 3, unit = TimeUnit.HOURS) // on a busy machine, 10,000 requests take some stores many minutes
    void tenThousandKeysAreListedSharedAndReadInOrder() {
        int count = 10_000;
        List<String> keys = IntStream.range(0, count)
                .mapToObj(i -> String.format("year=%d/part %05d", i % 7, i))
                .toList();
        Flux.fromIterable(keys)
                .flatMap(
                        key -> Mono.fromFuture(() -> client.putObject(
                                r -> r.bucket(bucket).key(key), AsyncRequestBody.fromBytes(key.getBytes(UTF_8)))),
                        16)
                .blockLast();
        List<String> sorted = keys.stream().sorted().toList();
        S3Channel channel = S3Channels.prefix(client, "s3://" + bucket + "/");
        if (!facts.listing(bucket).equals(StoreFacts.ACCEPTED)) {
            assertThatThrownBy(() -> channel.objects().blockLast()).isInstanceOf(ObjectReadException.class);
            return;
        }

        assertThat(channel.objects()
                        .map(object -> object.key().substring(("s3://" + bucket + "/").length()))
                        .collectList()
                        .block())
                .isEqualTo(sorted);
        assertThat(S3Test.all(channel.bytes()))
                .isEqualTo(String.join("", sorted).getBytes(UTF_8));
        List<String> shared = IntStream.range(0, 3)
                .mapToObj(host -> channel.shuffle(7).shard(3, host))
                .flatMap(host -> host.objects().map(ObjectBytes::key).toStream())
                .sorted()
                .toList();
        assertThat(shared)
                .isEqualTo(
                        sorted.stream().map(key -> "s3://" + bucket + "/" + key).toList());
    }

    private static List<String> documentation() throws IOException {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("mvnw"))) {
            directory = directory.getParent();
        }
        return Files.readAllLines(directory.resolve("docs/s3.md"));
    }

    private byte[] put(String key, byte[] content) {
        facts.put(bucket, key, content);
        return content;
    }

    private S3Channel channel(String prefix, S3ReadOptions options) {
        return S3Channels.prefix(client, "s3://" + bucket + "/" + prefix, options);
    }

    private ObjectBytes object(String key, S3ReadOptions options) {
        return channel(key, options).objects().single().block();
    }

    private byte[] readOne(String key, S3ReadOptions options) {
        return bytes(object(key, options).bytes());
    }

    private static byte[] bytes(Flux<ByteBuffer> chunks) {
        return S3Test.join(chunks.collectList().block(Patience.PATIENCE));
    }

    private static Map<String, byte[]> read(S3Channel channel) {
        Map<String, byte[]> read = new LinkedHashMap<>();
        channel.objects()
                .concatMap(
                        object -> object.bytes()
                                .collectList()
                                .doOnNext(chunks -> read.put(object.key(), S3Test.join(chunks))),
                        0)
                .blockLast(Patience.PATIENCE);
        return read;
    }
}
