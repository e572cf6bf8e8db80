package io.pipeflux.samples.agent;

import io.pipeflux.s3.S3Uri;
import java.nio.ByteBuffer;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * Reads an object as Pipeflux does: first its size and version, then a range of its bytes. Also tests that the store
 * rejects a request with the ETag of a different version in {@code If-Match}.
 */
final class ObjectTrial {

    private static final int LONGEST = 100;
    private static final String GET = "s3:GetObject";
    private static final String RANGE = "ranged GET";

    private final S3AsyncClient client;
    private final S3Uri object;
    private final Findings findings;
    private final SortedSet<String> keys = new TreeSet<>();

    ObjectTrial(S3AsyncClient client, S3Uri object, Findings findings) {
        this.client = client;
        this.object = object;
        this.findings = findings;
    }

    private record Answer(GetObjectResponse header, int bytes) {

        int status() {
            return header.sdkHttpResponse().statusCode();
        }
    }

    /**
     * Runs the trial. Returns whether the object can be read.
     *
     * @param listedSize the size in the listing, or null if the object was not listed
     * @param listedETag the ETag in the listing, or null
     */
    boolean run(@Nullable Long listedSize, @Nullable String listedETag) {
        HeadObjectResponse head;
        try {
            head = RequestFailedException.answer(() ->
                    client.headObject(request -> request.bucket(object.bucket()).key(object.prefix())));
        } catch (RequestFailedException e) {
            findings.failed(GET, "the HEAD of " + object + ": " + e.getMessage() + reason(e));
            return false;
        }
        long size = head.contentLength() == null ? -1 : head.contentLength();
        if (size < 1 || (listedSize != null && listedSize != size) || !sameETag(listedETag, head.eTag())) {
            findings.failed(
                    GET,
                    "the HEAD of " + object + " states " + size + " bytes and ETag " + head.eTag()
                            + ", but the listing " + listedSize + " and " + listedETag);
            return false;
        }
        findings.ok(GET, object + " has " + size + " bytes and ETag " + head.eTag());
        boolean read = range(size);
        if (read) {
            condition();
            version(head.versionId());
        }
        encryption(head);
        return read;
    }

    private static boolean sameETag(@Nullable String listed, @Nullable String stated) {
        return listed == null || (stated != null && listed.replace("\"", "").equals(stated.replace("\"", "")));
    }

    private static String reason(RequestFailedException e) {
        return e.isDenied()
                ? ". The credentials need s3:GetObject for the object, kms:Decrypt if it is encrypted with a key of"
                        + " KMS, and the bucket's own policy must not deny it"
                : "";
    }

    private boolean range(long size) {
        long from = size / 2;
        long last = Math.min(size, from + LONGEST) - 1;
        try {
            Answer answer = get(request -> request.range("bytes=" + from + "-" + last));
            String expected = "bytes " + from + "-" + last + "/" + size;
            String found = answer.header.contentRange();
            if (answer.status() == 200 && found == null) {
                findings.note(
                        RANGE,
                        "the store ignores ranges, and sends whole objects: only objects of one part can be read,"
                                + " which is 8 MiB in this program");
            } else if (answer.status() != 206 || !expected.equals(found) || answer.bytes != last - from + 1) {
                findings.failed(
                        RANGE,
                        "expected status 206, '" + expected + "' and " + (last - from + 1) + " bytes, but got "
                                + answer.status() + ", '" + found + "' and " + answer.bytes + " bytes");
                return false;
            } else {
                findings.ok(RANGE, found + " of " + object);
            }
            return true;
        } catch (RequestFailedException e) {
            findings.failed(RANGE, object + ": " + e.getMessage() + reason(e));
            return false;
        }
    }

    private void condition() {
        try {
            Answer answer = get(request -> request.range("bytes=0-0").ifMatch("\"another-version\""));
            findings.note(
                    "If-Match",
                    "the store ignores it (status " + answer.status()
                            + " for another ETag): a changed object is noticed by the answers' ETags alone");
        } catch (RequestFailedException e) {
            if (e.status() == 412) {
                findings.ok("If-Match", "another version is refused (412)");
            } else {
                findings.failed("If-Match", "expected 412 for another ETag, but got: " + e.getMessage());
            }
        }
    }

    private void version(@Nullable String version) {
        if (version == null || version.equals("null")) {
            return;
        }
        String subject = "s3:GetObjectVersion";
        try {
            get(request -> request.range("bytes=0-0").versionId(version));
            findings.ok(subject, "the bucket has versions, and one can be read by its id");
        } catch (RequestFailedException e) {
            findings.note(
                    subject,
                    "needed only by programs that choose versions of objects, which pipe-agent does not: "
                            + e.getMessage());
        }
    }

    private void encryption(HeadObjectResponse head) {
        String kind = head.serverSideEncryptionAsString();
        if (kind != null && kind.startsWith("aws:kms")) {
            String key = head.ssekmsKeyId();
            if (key != null) {
                keys.add(key);
            }
            findings.note("encryption", kind + (key == null ? "" : " with " + key) + ", which needs kms:Decrypt");
        }
    }

    private Answer get(Consumer<GetObjectRequest.Builder> more) throws RequestFailedException {
        return RequestFailedException.answer(() -> client.getObject(
                        request -> more.accept(request.bucket(object.bucket()).key(object.prefix())),
                        AsyncResponseTransformer.toPublisher())
                .thenCompose(answer -> count(Flux.from(answer))
                        .thenApply(bytes -> new Answer(answer.response(), bytes == null ? 0 : bytes))));
    }

    /** Returns the number of bytes that arrive. Stops counting as soon as the number exceeds {@link #LONGEST}. */
    private static CompletableFuture<@Nullable Integer> count(Flux<ByteBuffer> chunks) {
        return chunks.map(ByteBuffer::remaining)
                .scan(0, Integer::sum)
                .takeUntil(bytes -> bytes > LONGEST)
                .last(0)
                .toFuture();
    }

    /** Returns the ARNs of the KMS keys that the trials have found. */
    SortedSet<String> keys() {
        return keys;
    }
}
