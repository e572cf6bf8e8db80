package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.s3.S3Uri;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Tests the listing of a prefix: lists the first keys, once in full pages and once in pages of two keys. */
final class ListingTrial {

    private static final int PAGES = 3;
    private static final String SUBJECT = "listing order";

    private final S3AsyncClient client;
    private final S3Uri place;
    private final Findings findings;
    private final List<S3Object> found = new ArrayList<>();

    ListingTrial(S3AsyncClient client, S3Uri place, Findings findings) {
        this.client = client;
        this.place = place;
        this.findings = findings;
    }

    /** Runs the trial. Returns whether the listing contains any keys. */
    boolean run() {
        boolean more;
        int pages = 0;
        try {
            @Nullable String token = null;
            do {
                ListObjectsV2Response page = page(1000, token, null);
                found.addAll(page.contents());
                token = page.nextContinuationToken();
                pages++;
                more = Boolean.TRUE.equals(page.isTruncated());
            } while (more && token != null && pages < PAGES);
        } catch (RequestFailedException e) {
            findings.failed(
                    "s3:ListBucket", e.getMessage() + (found.isEmpty() ? "" : ", after " + found.size() + " keys"));
            findings.untried(SUBJECT, "no key is known");
            return false;
        }
        if (found.stream().anyMatch(object -> object.key() == null || object.size() == null)) {
            findings.failed("s3:ListBucket", "the store has not stated the key or the size of an object");
            found.clear();
            return false;
        }
        if (found.isEmpty()) {
            findings.failed("s3:ListBucket", "granted, but there is no object under " + place + ": check the prefix");
            return false;
        }
        findings.ok(
                "s3:ListBucket",
                String.format(
                        Locale.ROOT,
                        "%,d keys%s on %s under %s, the first: %s",
                        found.size(),
                        more ? " and more" : "",
                        pages == 1 ? "1 page" : pages + " pages",
                        place,
                        found.get(0).key()));
        order();
        archived();
        return true;
    }

    private ListObjectsV2Response page(int keys, @Nullable String token, @Nullable String after)
            throws RequestFailedException {
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(place.bucket())
                .prefix(place.prefix())
                .maxKeys(keys)
                .encodingType(EncodingType.URL)
                .continuationToken(token)
                .startAfter(after)
                .build();
        return RequestFailedException.answer(() -> client.listObjectsV2(request));
    }

    private void order() {
        if (isDirectoryBucket(place)) {
            findings.ok(SUBJECT, "none, as directory buckets have it: Pipeflux sorts their lists");
            return;
        }
        boolean byUtf8 = true;
        boolean byUtf16 = true;
        for (int i = 1; i < found.size(); i++) {
            String before = found.get(i - 1).key();
            String key = found.get(i).key();
            byUtf8 = byUtf8 && Arrays.compareUnsigned(before.getBytes(UTF_8), key.getBytes(UTF_8)) < 0;
            byUtf16 = byUtf16 && before.compareTo(key) < 0;
            if (!byUtf8 && !byUtf16) {
                findings.failed(
                        SUBJECT,
                        "expected keys in the order of their UTF-8 bytes, or by UTF-16, but got '" + key + "' after '"
                                + before + "': Pipeflux refuses such listings, except those of directory buckets");
                return;
            }
        }
        String order = byUtf8 ? "by UTF-8 bytes" : "by UTF-16";
        if (found.size() < 3) {
            findings.ok(SUBJECT, order + "; too few keys to try a second page");
            return;
        }
        tinyPages(order);
    }

    /**
     * Returns whether the bucket is a directory bucket, or an access point of a directory bucket. Directory buckets
     * list keys in no particular order.
     */
    static boolean isDirectoryBucket(S3Uri place) {
        return place.bucket().endsWith("--x-s3") || place.bucket().endsWith("--xa-s3");
    }

    /** Lists the keys in pages of two. Even if there are only a few keys, this tests a listing of several pages. */
    private void tinyPages(String order) {
        try {
            ListObjectsV2Response first = page(2, null, null);
            List<String> keys = keys(first.contents());
            String token = first.nextContinuationToken();
            if (keys.size() != 2 || !Boolean.TRUE.equals(first.isTruncated()) || token == null) {
                findings.failed(
                        SUBJECT,
                        "expected a page of 2 keys with IsTruncated and a token, but got " + keys.size()
                                + " keys, IsTruncated " + first.isTruncated() + " and "
                                + (token == null ? "no token" : "a token"));
                return;
            }
            keys.addAll(keys(page(1, token, null).contents()));
            List<String> expected = keys(found.subList(0, 3));
            List<String> after = keys(page(1, null, expected.get(1)).contents());
            if (!keys.equals(expected) || !after.equals(expected.subList(2, 3))) {
                findings.failed(
                        SUBJECT,
                        "expected " + expected + " on two pages, but got " + keys + ", and after the second key "
                                + after);
                return;
            }
            findings.ok(SUBJECT, order + "; a second page continues after the first, by token and by key");
        } catch (RequestFailedException e) {
            findings.failed(SUBJECT, "a page of two keys, or the one after it: " + e.getMessage());
        }
    }

    private static List<String> keys(Collection<S3Object> objects) {
        return new ArrayList<>(objects.stream().map(S3Object::key).toList());
    }

    private void archived() {
        List<S3Object> cold = found.stream().filter(ListingTrial::isArchived).toList();
        if (!cold.isEmpty()) {
            findings.note(
                    "storage class",
                    cold.size() + " of these objects are archived, and must be restored before they can be read: "
                            + cold.get(0).key() + " (" + cold.get(0).storageClassAsString() + ")");
        }
    }

    private static boolean isArchived(S3Object object) {
        String storage = object.storageClassAsString();
        return "GLACIER".equals(storage) || "DEEP_ARCHIVE".equals(storage);
    }

    /** Returns the smallest object that is not empty. */
    Optional<S3Object> smallest() {
        return readable().stream().min(Comparator.comparing(S3Object::size));
    }

    /** Returns a sample of the listed objects: from the beginning, the middle and the end of the listing. */
    List<S3Object> sample(int most) {
        List<S3Object> readable = readable();
        int count = Math.min(most, readable.size());
        List<S3Object> sample = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sample.add(readable.get((int) ((long) i * readable.size() / count)));
        }
        return sample;
    }

    private List<S3Object> readable() {
        return found.stream().filter(o -> o.size() > 0 && !isArchived(o)).toList();
    }
}
