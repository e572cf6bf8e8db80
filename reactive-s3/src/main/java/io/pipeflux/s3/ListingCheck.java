package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Decides where a listing goes on and where it ends: only where the store says so. Everything that does not add up is
 * refused, or objects would be left out, or listed for ever, without an error.
 *
 * <pre>
 *   IsTruncated   NextContinuationToken
 *   false         any                     the end
 *   true          a new one               go on with it
 *   true          the one before          error
 *   true          none                    go on after the page's last key; without keys, or in a directory bucket: error
 *   none          any                     error
 * </pre>
 *
 * <p>Keys ascend by their UTF-8 bytes, unsigned, over all pages; those of directory buckets, whose names end in
 * {@code --x-s3}, have no order. There a token that comes back is found by comparing each with one that is kept from
 * page 1, 2, 4, 8 and so on: a circle of n pages is an error after at most 3 n.
 */
final class ListingCheck {

    /** Pages without keys that may follow one another: a store may have that many delete markers to pass over. */
    static final int MAX_PAGES_WITHOUT_KEYS = 1000;

    private static final Pattern DIRECTORY_BUCKET = Pattern.compile(".*--xa?-s3"); // or an access point of one

    private final S3Uri uri;
    private final boolean ordered;

    private byte @Nullable [] last; // the last key
    private @Nullable String token;
    private @Nullable String startAfter;
    private @Nullable String marked; // an earlier token
    private long pages;
    private int pagesWithoutKeys;
    private boolean ended;

    ListingCheck(S3Uri uri) {
        this.uri = uri;
        this.ordered = !DIRECTORY_BUCKET.matcher(uri.bucket()).matches();
    }

    boolean isEnded() {
        return ended;
    }

    boolean isBegun() {
        return pages > 0;
    }

    /** The continuation token of the next request, or null. */
    @Nullable
    String token() {
        return token;
    }

    /** The key after which the next request begins, or null. */
    @Nullable
    String startAfter() {
        return startAfter;
    }

    /**
     * Takes the next page.
     *
     * @throws io.pipeflux.core.ObjectReadException if it cannot be right
     */
    void take(ListObjectsV2Response page) {
        pages++;
        page.contents().forEach(this::check);
        Integer count = page.keyCount(); // not every store says it
        int listed = page.contents().size() + page.commonPrefixes().size();
        if (count != null && count != listed) {
            throw wrong("as many keys as KeyCount says, " + count, String.valueOf(listed));
        }
        pagesWithoutKeys = page.contents().isEmpty() ? pagesWithoutKeys + 1 : 0;
        Boolean truncated = page.isTruncated();
        if (truncated == null) {
            throw wrong("IsTruncated, true or false", "none");
        }
        ended = !truncated;
        if (!ended) {
            next(page);
        }
    }

    private void next(ListObjectsV2Response page) {
        if (pagesWithoutKeys >= MAX_PAGES_WITHOUT_KEYS) {
            throw wrong("a key in " + MAX_PAGES_WITHOUT_KEYS + " pages", "none, and IsTruncated true");
        }
        String next = page.nextContinuationToken();
        if (next == null || next.isEmpty()) {
            if (!ordered || page.contents().isEmpty()) {
                throw wrong("a NextContinuationToken, since IsTruncated is true", "none");
            }
            token = null;
            startAfter = page.contents().get(page.contents().size() - 1).key();
            return;
        }
        if (next.equals(token) || next.equals(marked)) {
            throw wrong("a NextContinuationToken that was not given before", "'" + next + "' again");
        }
        if (Long.bitCount(pages) == 1) {
            marked = next;
        }
        token = next;
        startAfter = null;
    }

    private void check(S3Object object) {
        String key = object.key();
        if (key == null || !key.startsWith(uri.prefix())) {
            throw wrong("keys that begin with '" + uri.prefix() + "'", key == null ? "none" : "'" + key + "'");
        }
        Long size = object.size();
        if (size == null || size < 0) {
            throw wrong("the size of '" + key + "' in bytes", size == null ? "none" : size.toString());
        }
        byte[] bytes = key.getBytes(UTF_8);
        if (ordered && last != null && Arrays.compareUnsigned(last, bytes) >= 0) {
            throw wrong(
                    "keys in the order of their UTF-8 bytes", "'" + key + "' after '" + new String(last, UTF_8) + "'");
        }
        last = bytes;
    }

    private RuntimeException wrong(String expected, String found) {
        return S3Failures.listed(uri, pages, expected, found);
    }
}
