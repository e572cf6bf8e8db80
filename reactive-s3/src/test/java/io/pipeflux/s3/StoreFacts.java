package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.S3Server;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Asks a store, by the SDK alone, what it can do and how it answers. */
final class StoreFacts {

    static final List<String> ODD_KEYS = List.of(
            "plain",
            "UPPER",
            "a b",
            "a  b ",
            "a+b",
            "a%20b",
            "100%",
            "a&b=c?d#e",
            "<a>\"'&amp;",
            "a:b;c,d@e$f!g'h(i)j*k~l",
            "\\back\\slash",
            "ta\tb",
            "line\nfeed",
            "\u0001control",
            "h\u00e4\u00df/\u65e5\u672c",
            "e\u0301 decomposed",
            "\ufffd before in UTF-8",
            "\ud83d\ude00 before in UTF-16",
            "x/y=1/part-0",
            "two//slashes",
            "/slash first",
            "dots/../up",
            "dots/./here",
            "a",
            "a/b",
            "long/" + "0123456789/".repeat(92) + "x");

    /** In an order that a channel refuses, since keys that were lost or doubled would not be seen. */
    static final String NO_ORDER = "another";

    static final String ACCEPTED = "accepted";
    private static final String WEAK = "W/";
    private static final String BROKEN = "an answer that breaks off";
    private static final String SHORT = "...";
    private static final int SHOWN = 24;
    private static final byte[] TEN = "0123456789".getBytes(UTF_8);
    private static final Pattern MD5 = Pattern.compile("\"[0-9a-f]{32}\"");
    private static final Pattern MD5_OF_PARTS = Pattern.compile("\"[0-9a-f]{32}-2\"");
    private static final int UPLOADED_PART = 5 << 20;

    private final Function<AwsCredentialsProvider, S3AsyncClient> clients;
    private final S3AsyncClient client;
    private final S3AsyncClient defaults;

    /** @param defaults a client with the SDK's default checksums */
    StoreFacts(Function<AwsCredentialsProvider, S3AsyncClient> clients, S3AsyncClient client, S3AsyncClient defaults) {
        this.clients = clients;
        this.client = client;
        this.defaults = defaults;
    }

    /** Returns what the documentation's table says of a store, a line for each of its rows. */
    static List<String> column(List<String> documentation, String store) {
        List<String> column = new ArrayList<>();
        int at = -1;
        for (String line : documentation) {
            List<String> cells = Arrays.stream(line.split(" *\\| *", -1)).toList();
            if (cells.contains(store)) {
                at = cells.indexOf(store);
            } else if (at >= 0 && cells.size() <= at) {
                break;
            } else if (at >= 0 && !cells.get(1).startsWith("---")) {
                column.add(cells.get(1) + ": " + cells.get(at));
            }
        }
        return column;
    }

    /** Returns the same, as the store shows it. */
    List<String> seen(String bucket) {
        put(bucket, "ten", TEN);
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("a wrong secret key", refusal(() -> list(clients.apply(wrongSecret()), bucket)));
        rows.put("an unknown access key", refusal(() -> list(clients.apply(unknownKey()), bucket)));
        rows.put("a missing bucket", refusal(() -> list(client, "no-such-bucket")));
        rows.put("a missing object", refusal(() -> get(bucket, "missing", r -> r)));
        rows.put("keys that are refused or changed", refusedKeys(bucket));
        rows.put("the order of keys", order(bucket));
        rows.put("`If-Match` with another ETag", refusal(() -> get(bucket, "ten", r -> r.ifMatch("\"other\""))));
        rows.put("a range", range(bucket));
        rows.put("a range after the end", refusal(() -> get(bucket, "ten", r -> r.range("bytes=10-19"))));
        rows.put("a range of an empty object", rangeOfNothing(bucket));
        rows.put("an ETag", etag(head(bucket, "ten").eTag()));
        rows.put("older versions", keepsVersions(bucket) ? "kept" : "not kept");
        rows.put(
                "an upload as the SDK has it by default",
                refusal(() -> defaults.putObject(r -> r.bucket(bucket).key("default"), AsyncRequestBody.fromBytes(TEN))
                        .join()));
        rows.put("checksums stated", checksums(bucket));
        rows.put("an object of two uploaded parts", twoParts(bucket));
        return rows.entrySet().stream()
                .map(row -> row.getKey() + ": " + row.getValue())
                .toList();
    }

    private static String etag(String etag) {
        if (etag.startsWith(WEAK)) {
            return "weak, " + etag(etag.substring(WEAK.length()));
        }
        return MD5.matcher(etag).matches() ? "MD5" : MD5_OF_PARTS.matcher(etag).matches() ? "`...-2`" : etag;
    }

    private static AwsCredentialsProvider unknownKey() {
        return () -> AwsBasicCredentials.create("nobody", "nothing");
    }

    private AwsCredentialsProvider wrongSecret() {
        return () -> AwsBasicCredentials.create(
                client.serviceClientConfiguration()
                        .credentialsProvider()
                        .resolveIdentity()
                        .join()
                        .accessKeyId(),
                "wrong");
    }

    boolean checksSignatures(String bucket) {
        return !refusal(() -> list(clients.apply(wrongSecret()), bucket)).equals(ACCEPTED);
    }

    private static List<S3Object> list(S3AsyncClient client, String bucket) {
        return client.listObjectsV2(r -> r.bucket(bucket).encodingType("url"))
                .join()
                .contents();
    }

    private ResponseBytes<GetObjectResponse> get(
            String bucket, String key, Function<GetObjectRequest.Builder, GetObjectRequest.Builder> more) {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder().bucket(bucket).key(key);
        return Patience.get(client.getObject(more.apply(request).build(), AsyncResponseTransformer.toBytes()));
    }

    private HeadObjectResponse head(String bucket, String key) {
        return client.headObject(r -> r.bucket(bucket).key(key).checksumMode(ChecksumMode.ENABLED))
                .join();
    }

    /** Returns the status and code that a request is refused with. */
    private static String refusal(Supplier<?> request) {
        try {
            var unused = request.get();
            return ACCEPTED;
        } catch (RuntimeException | AssertionError e) {
            for (Throwable t = e; t != null; t = t.getCause()) {
                if (t instanceof AwsServiceException service) {
                    return service.statusCode() + " "
                            + service.awsErrorDetails().errorCode();
                }
            }
            throw e;
        }
    }

    private static boolean succeeds(Supplier<?> request) {
        return refusal(request).equals(ACCEPTED);
    }

    // == keys ==

    /** Returns whether the store has and lists the object under its key afterwards, and not under another one. */
    boolean takes(String bucket, String key, byte[] content) {
        if (!succeeds(() -> put(bucket, key, content))) {
            return false;
        }
        if (succeeds(() -> head(bucket, key)) && lists(bucket, key)) {
            return true;
        }
        client.deleteObject(r -> r.bucket(bucket).key(key))
                .exceptionally(e -> null)
                .join();
        return false;
    }

    private boolean lists(String bucket, String key) {
        return client.listObjectsV2(r -> r.bucket(bucket).prefix(key).encodingType("url"))
                .thenApply(page ->
                        page.contents().stream().anyMatch(object -> object.key().equals(key)))
                .exceptionally(e -> false)
                .join();
    }

    PutObjectResponse put(String bucket, String key, byte[] content) {
        return client.putObject(r -> r.bucket(bucket).key(key), AsyncRequestBody.fromBytes(content))
                .join();
    }

    private String refusedKeys(String bucket) {
        String refused = ODD_KEYS.stream()
                .filter(key -> !takes(bucket, key, TEN))
                .map(StoreFacts::shown)
                .collect(Collectors.joining(" "));
        return refused.isEmpty() ? "none" : refused;
    }

    private static String shown(String key) {
        String text = key.replace("\n", "\\n").replace("\t", "\\t").replace("\u0001", "\\u0001");
        return "`" + (text.length() > SHOWN ? text.substring(0, SHOWN) + SHORT : text) + "`";
    }

    String order(String bucket) {
        List<String> listed = list(client, bucket).stream().map(S3Object::key).toList();
        if (isSorted(listed, Comparator.comparing(key -> key.getBytes(UTF_8), Arrays::compareUnsigned))) {
            return "by UTF-8";
        }
        return isSorted(listed, Comparator.naturalOrder()) ? "by UTF-16" : NO_ORDER;
    }

    /** Returns {@code accepted} if all pages of a bucket's listing can be had, or what one is refused with. */
    String listing(String bucket) {
        return refusal(() -> Flux.from(
                        client.listObjectsV2Paginator(r -> r.bucket(bucket).encodingType("url")))
                .then()
                .block());
    }

    private static boolean isSorted(List<String> keys, Comparator<String> order) {
        return keys.equals(keys.stream().sorted(order).toList());
    }

    // == versions and ranges ==

    boolean keepsVersions(String bucket) {
        if (!succeeds(() -> client.putBucketVersioning(
                        r -> r.bucket(bucket).versioningConfiguration(v -> v.status(BucketVersioningStatus.ENABLED)))
                .join())) {
            return false;
        }
        String first = put(bucket, "versioned", TEN).versionId();
        put(bucket, "versioned", new byte[1]);
        return first != null
                && succeeds(() -> get(bucket, "versioned", r -> r.versionId(first)))
                && get(bucket, "versioned", r -> r.versionId(first)).asByteArray().length == TEN.length;
    }

    private String range(String bucket) {
        GetObjectResponse answer = get(bucket, "ten", r -> r.range("bytes=2-4")).response();
        return answer.sdkHttpResponse().statusCode() + " `" + answer.contentRange() + "`";
    }

    private String rangeOfNothing(String bucket) {
        put(bucket, "empty", new byte[0]);
        try {
            String refusal = refusal(() -> get(bucket, "empty", r -> r.range("bytes=0-0")));
            return refusal.equals(ACCEPTED) ? "an answer without the range" : refusal;
        } catch (AssertionError broken) {
            return BROKEN;
        }
    }

    /** Returns whether the answer to a GET of an empty object can be one of an empty object. */
    boolean showsEmptyObjects(String bucket) {
        return !rangeOfNothing(bucket).equals(BROKEN);
    }

    // == checksums ==

    /** Returns whether the store takes an object with its checksum. */
    boolean takesWithChecksum(String bucket, String key, byte[] content, SumKind kind) {
        String sum = ChecksumStore.sum(kind, content);
        return succeeds(() -> client.putObject(
                        with(PutObjectRequest.builder().bucket(bucket).key(key), kind, sum)
                                .build(),
                        AsyncRequestBody.fromBytes(content))
                .join());
    }

    private static PutObjectRequest.Builder with(PutObjectRequest.Builder request, SumKind kind, String sum) {
        return switch (kind) {
            case CRC32C -> request.checksumCRC32C(sum);
            case CRC32 -> request.checksumCRC32(sum);
            case CRC64NVME -> request.checksumCRC64NVME(sum);
            case SHA1 -> request.checksumSHA1(sum);
            case SHA256 -> request.checksumSHA256(sum);
        };
    }

    /** Returns whether the store states the checksum of an object's bytes, in the answer to a GET or to a HEAD. */
    boolean states(String bucket, String key, SumKind kind, boolean get) {
        List<SumKind> asked = List.of(kind);
        StatedChecksum stated = get
                ? StatedChecksum.of(
                        get(
                                        bucket,
                                        key,
                                        r -> r.overrideConfiguration(
                                                o -> o.putHeader(StatedChecksum.MODE_HEADER, StatedChecksum.MODE)))
                                .response(),
                        asked)
                : StatedChecksum.of(head(bucket, key), asked);
        return stated.kind() == kind;
    }

    private String checksums(String bucket) {
        String stated = Arrays.stream(SumKind.values())
                .filter(kind -> takesWithChecksum(bucket, "sum", TEN, kind))
                .filter(kind -> states(bucket, "sum", kind, true) && states(bucket, "sum", kind, false))
                .map(SumKind::name)
                .collect(Collectors.joining(", "));
        return stated.isEmpty() ? "none" : stated;
    }

    private String twoParts(String bucket) {
        uploadInParts(bucket, "two", S3Server.bytes(UPLOADED_PART + 1, 1), UPLOADED_PART, null);
        String etag = head(bucket, "two").eTag();
        String text = "ETag " + (MD5.matcher(etag).matches() ? "as of one part" : etag(etag));
        byte[] content = S3Server.bytes(UPLOADED_PART + 1, 2);
        if (!succeeds(() -> uploadInParts(bucket, "two", content, UPLOADED_PART, ChecksumAlgorithm.CRC32))) {
            return text + ", with CRC32 refused";
        }
        HeadObjectResponse head = head(bucket, "two");
        if (head.checksumCRC32() == null) {
            return text + ", CRC32 not stated";
        }
        String type = head.checksumTypeAsString();
        return text + ", CRC32 " + (type == null ? "without its type" : type);
    }

    HeadObjectResponse uploadInParts(
            String bucket, String key, byte[] content, int partSize, @Nullable ChecksumAlgorithm algorithm) {
        String id = client.createMultipartUpload(r -> r.bucket(bucket).key(key).checksumAlgorithm(algorithm))
                .join()
                .uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (int from = 0; from < content.length; from += partSize) {
            int number = parts.size() + 1;
            byte[] part = Arrays.copyOfRange(content, from, Math.min(content.length, from + partSize));
            var sent = client.uploadPart(
                            r -> r.bucket(bucket)
                                    .key(key)
                                    .uploadId(id)
                                    .partNumber(number)
                                    .checksumAlgorithm(algorithm),
                            AsyncRequestBody.fromBytes(part))
                    .join();
            parts.add(CompletedPart.builder()
                    .partNumber(number)
                    .eTag(sent.eTag().replace(WEAK, "")) // a store compares strong ones
                    .checksumCRC32(sent.checksumCRC32())
                    .build());
        }
        client.completeMultipartUpload(
                        r -> r.bucket(bucket).key(key).uploadId(id).multipartUpload(u -> u.parts(parts)))
                .join();
        return head(bucket, key);
    }
}
