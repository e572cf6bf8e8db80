package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Decides where a listing continues. A listing ends only when the store states that it is complete. Inconsistent pages
 * are rejected, because objects could otherwise be missed, or be listed forever, without an error.
 *
 * <pre>
 *   IsTruncated   NextContinuationToken
 *   false         any                     the end
 *   true          a new one               continue with it
 *   true          the previous one        error
 *   true          none                    continue after the last key; error if the page has no keys, or if the bucket
 *                                         is a directory bucket
 *   none          any                     error
 * </pre>
 *
 * <p>The keys must ascend across all pages. S3 orders them by their UTF-8 bytes, unsigned. Stores that are written in
 * Java may order them by UTF-16. Only directory buckets, whose names end in {@code --x-s3}, list keys in no particular
 * order. To detect repeated tokens in such a listing, each token is compared with the one before it, and with the token
 * of the latest page whose number is a power of two. So a cycle of n pages is detected after at most 3 n pages.
 */
final class ListingCheck {

    /**
     * The maximum number of consecutive pages without keys. Such pages are possible because a store may have to skip
     * many delete markers.
     */
    static final int MAX_PAGES_WITHOUT_KEYS = 1000;

    private static final Pattern DIRECTORY_BUCKET = Pattern.compile(".*--xa?-s3"); // also matches access points

    private final S3Uri uri;
    private final boolean ordered;

    private @Nullable String last; // the key that was checked most recently
    private boolean byUtf8 = true;
    private boolean byUtf16 = true;
    private @Nullable String token;
    private @Nullable String startAfter;
    private @Nullable String marked; // the token of an earlier page, to detect a cycle
    private long pages;
    private int pagesWithoutKeys;
    private boolean ended;

    ListingCheck(S3Uri uri) {
        this.uri = uri;
        this.ordered = !isDirectoryBucket(uri);
    }

    /** Returns whether the bucket is a directory bucket, which lists its keys in no particular order. */
    static boolean isDirectoryBucket(S3Uri uri) {
        return DIRECTORY_BUCKET.matcher(uri.bucket()).matches();
    }

    boolean isEnded() {
        return ended;
    }

    boolean isBegun() {
        return pages > 0;
    }

    /** Returns the number of the next page, counted from 1. */
    long nextPage() {
        return pages + 1;
    }

    /** Returns the continuation token of the next request, or null if the request needs none. */
    @Nullable
    String token() {
        return token;
    }

    /**
     * Returns the key after which the next page begins, or null if the next request has a continuation token instead.
     */
    @Nullable
    String startAfter() {
        return startAfter;
    }

    /**
     * Checks the next page.
     *
     * @throws io.pipeflux.core.ObjectReadException if the page cannot be correct
     */
    void take(ListObjectsV2Response page) {
        pages++;
        page.contents().forEach(this::check);
        Integer count = page.keyCount(); // some stores omit it
        long prefixes = page.commonPrefixes().stream() // some stores return an empty element
                .filter(common -> common.prefix() != null)
                .count();
        long listed = page.contents().size() + prefixes;
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
        if (ordered && last != null && !ascends(last, key)) {
            throw wrong("keys in the order of their UTF-8 bytes", "'" + key + "' after '" + last + "'");
        }
        last = key;
    }

    /**
     * Returns whether all keys so far, including this one, ascend in at least one of the two orders, UTF-8 and UTF-16.
     * The orders differ only if a character that needs two surrogates is compared with a character from U+E000 to
     * U+FFFF.
     */
    private boolean ascends(String before, String key) {
        byUtf8 = byUtf8 && Arrays.compareUnsigned(before.getBytes(UTF_8), key.getBytes(UTF_8)) < 0;
        byUtf16 = byUtf16 && before.compareTo(key) < 0;
        return byUtf8 || byUtf16;
    }

    private RuntimeException wrong(String expected, String found) {
        return ReadFailures.listed(uri, pages, expected, found);
    }
}
