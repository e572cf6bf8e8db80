package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The parts of {@code s3://bucket/prefix}. Nothing in it is percent-decoded, since keys may contain any character.
 *
 * @param prefix the beginning of the keys; empty for the whole bucket
 */
record S3Uri(String bucket, String prefix) {

    private static final String SCHEME = "s3://";

    static S3Uri parse(String uri) {
        if (!uri.startsWith(SCHEME)) {
            throw new IllegalArgumentException("expected an S3 URI s3://bucket/prefix, but got '" + uri + "'");
        }
        int slash = uri.indexOf('/', SCHEME.length());
        String bucket = uri.substring(SCHEME.length(), slash < 0 ? uri.length() : slash);
        if (bucket.isBlank()) {
            throw new IllegalArgumentException(
                    "expected an S3 URI s3://bucket/prefix with a bucket, but got '" + uri + "'");
        }
        if (!isText(uri)) {
            throw new IllegalArgumentException(
                    "expected an S3 URI of whole characters, but got half a surrogate pair in '" + uri
                            + "': its UTF-8 would have a question mark there, and be another object's key");
        }
        return new S3Uri(bucket, slash < 0 ? "" : uri.substring(slash + 1));
    }

    /** Returns whether a text can be encoded in UTF-8, which is the case if it has no unpaired surrogate. */
    static boolean isText(String text) {
        return UTF_8.newEncoder().canEncode(text);
    }

    @Override
    public String toString() {
        return SCHEME + bucket + "/" + prefix;
    }
}
