package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.internal.KeyText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The location of objects in S3. All of Pipeflux parses S3 URIs with this class.
 *
 * <pre>
 *   s3://bucket/prefix                                    taken literally: keys may contain any character
 *   https://s3.eu-west-1.amazonaws.com/bucket/prefix      percent-decoded, as the path of a URL
 *   https://bucket.s3.eu-west-1.amazonaws.com/prefix
 *   s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/name/prefix    an access point in place of the bucket
 * </pre>
 *
 * <p>Schemes may be in upper case. In a URL, a plus sign stands for itself, although the AWS console writes a plus sign
 * for a space. Write {@code %20} for a space. The host of an {@code https} URI must be a host name of S3. It is used
 * only to find the bucket's name: requests go to the client's region or endpoint.
 *
 * <p>An access point is written as its ARN or its alias, in place of a bucket. It may span several regions, or belong
 * to an Outpost. Access points of S3 Object Lambda are rejected, because a function changes the bytes that such an
 * access point returns. The sizes in a listing and the ranges of parts would therefore be wrong.
 *
 * @param bucket the bucket's name, or the ARN of an access point
 * @param prefix the prefix of the keys, or a single key. Empty for the whole bucket
 */
public record S3Uri(String bucket, String prefix) {

    private static final String S3 = "s3://";
    private static final String HTTPS = "https://";
    private static final Pattern HOST = Pattern.compile("(?:(?<bucket>.+)\\.)?s3(?:-fips|-accelerate|-external-1)?"
            + "(?:\\.dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\\d+)?\\.amazonaws\\.com(?:\\.cn)?(?::443)?");
    private static final String ARN = "arn:";
    /**
     * Accepts more names than AWS allows for new buckets: the names of old buckets may contain capitals and
     * underscores, and Ceph has names like {@code tenant:bucket}.
     */
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9._:-]{1,255}");

    private static final Pattern ACCESS_POINT = Pattern.compile(
            "arn:[^:/]+:s3(?:-outposts)?:[^:/]*:[^:/]*:" + "(?:outpost[:/][^:/]+[:/])?accesspoint[:/][^:/]+");
    private static final Pattern OBJECT_LAMBDA =
            Pattern.compile("(?s)arn:[^:/]+:s3-object-lambda:.*|[^/]*--ol-s3(?:/.*)?");
    private static final int HEX = 16;

    /** @throws NullPointerException if a component is null */
    public S3Uri {
        Objects.requireNonNull(bucket, "bucket");
        Objects.requireNonNull(prefix, "prefix");
    }

    /** Returns whether a string begins like an S3 URI, as opposed to a file path. */
    public static boolean isS3(String text) {
        return begins(text, S3) || isUrl(text);
    }

    /**
     * Returns whether a string begins like a URL. In a URL, a space is {@code %20}, and a plus sign stands for itself.
     */
    static boolean isUrl(String text) {
        return begins(text, HTTPS);
    }

    /** Returns whether a string begins with the given scheme. Schemes are not case-sensitive. */
    private static boolean begins(String text, String scheme) {
        return text.regionMatches(true, 0, scheme, 0, scheme.length());
    }

    /**
     * Parses a URI.
     *
     * @throws IllegalArgumentException if the URI has none of the forms that {@link S3Uri} describes, or if it names no
     *     bucket
     */
    public static S3Uri parse(String uri) {
        if (!isText(uri)) {
            throw new IllegalArgumentException(
                    "expected an S3 URI of whole characters, but got half a surrogate pair in '"
                            + KeyText.printable(uri)
                            + "': its UTF-8 would have a question mark there, and so be the key of a different object");
        }
        if (isUrl(uri)) {
            return parseUrl(uri);
        }
        if (!begins(uri, S3)) {
            throw wrong("s3://bucket/prefix", uri);
        }
        return bucketAndPrefix(uri.substring(S3.length()), uri);
    }

    private static S3Uri bucketAndPrefix(String path, String uri) {
        if (OBJECT_LAMBDA.matcher(path).matches()) {
            throw wrong("of a bucket or an access point, since S3 Object Lambda changes the bytes that are read", uri);
        }
        int end = endOfBucket(path);
        if (end < 0) {
            throw wrong("of a bucket, or s3://arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME/prefix", uri);
        }
        String bucket = path.substring(0, end);
        if (!bucket.startsWith(ARN)) {
            requireName(bucket, uri);
        }
        return new S3Uri(bucket, end == path.length() ? "" : path.substring(end + 1));
    }

    /**
     * Rejects names that no store has, such as {@code user@bucket}. Without this check, the error would occur only at
     * the first request.
     */
    private static void requireName(String bucket, String uri) {
        if (!BUCKET.matcher(bucket).matches()) {
            throw wrong("whose bucket consists of letters, digits, dots, hyphens, underscores and colons", uri);
        }
    }

    /**
     * Returns the index of the first character after the bucket in {@code bucket/prefix}, or -1 for an ARN that does
     * not name an access point.
     */
    static int endOfBucket(String path) {
        int slash = path.indexOf('/');
        if (!path.startsWith(ARN)) {
            return slash < 0 ? path.length() : slash;
        }
        Matcher accessPoint = ACCESS_POINT.matcher(path);
        int end = accessPoint.lookingAt() ? accessPoint.end() : -1;
        return end < 0 || end == path.length() || path.charAt(end) == '/' ? end : -1;
    }

    private static S3Uri parseUrl(String uri) {
        if (uri.indexOf('?') >= 0 || uri.indexOf('#') >= 0) {
            throw wrong(
                    "s3://bucket/prefix, or a URL without query and fragment (in a key, ? is %3F and # is %23)", uri);
        }
        int slash = uri.indexOf('/', HTTPS.length());
        String host = uri.substring(HTTPS.length(), slash < 0 ? uri.length() : slash);
        String path = slash < 0 ? "" : decoded(uri.substring(slash + 1), uri);
        Matcher matcher = HOST.matcher(host.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw wrong(
                    "s3://bucket/prefix, https://s3.REGION.amazonaws.com/bucket/prefix or"
                            + " https://bucket.s3.REGION.amazonaws.com/prefix",
                    uri);
        }
        String bucket = matcher.group("bucket");
        if (bucket == null) {
            return bucketAndPrefix(path, uri);
        }
        requireName(bucket, uri);
        return new S3Uri(bucket, path);
    }

    private static String decoded(String path, String uri) {
        byte[] encoded = path.getBytes(UTF_8);
        ByteBuffer decoded = ByteBuffer.allocate(encoded.length);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] != '%') {
                decoded.put(encoded[i]);
                continue;
            }
            int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], HEX) : -1;
            int low = high < 0 ? -1 : Character.digit(encoded[i + 2], HEX);
            if (low < 0) {
                throw wrong("in which two hexadecimal digits follow each % (a percent sign is %25)", uri);
            }
            decoded.put((byte) (high * HEX + low));
            i += 2;
        }
        try {
            return UTF_8.newDecoder().decode(decoded.flip()).toString();
        } catch (CharacterCodingException e) {
            throw wrong("whose %-encoded bytes are UTF-8", uri);
        }
    }

    private static IllegalArgumentException wrong(String expected, String uri) {
        return new IllegalArgumentException(
                "expected an S3 URI " + expected + ", but got '" + KeyText.printable(uri) + "'");
    }

    /** Returns whether a string can be encoded in UTF-8, which requires that it has no unpaired surrogate. */
    static boolean isText(String text) {
        return UTF_8.newEncoder().canEncode(text);
    }

    /** Returns {@code s3://bucket/prefix}. */
    @Override
    public String toString() {
        return S3 + bucket + "/" + prefix;
    }
}
