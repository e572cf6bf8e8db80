package io.pipeflux.s3;

/**
 * {@code s3://bucket/prefix}, taken literally: nothing in it is percent-decoded, since keys may contain any character.
 *
 * @param prefix what keys begin with; empty for the whole bucket
 */
record S3Uri(String bucket, String prefix) {

    private static final String SCHEME = "s3://";

    static S3Uri parse(String uri) {
        if (!uri.startsWith(SCHEME)) {
            throw new IllegalArgumentException("an S3 URI s3://bucket/prefix required but it was '" + uri + "'");
        }
        int slash = uri.indexOf('/', SCHEME.length());
        String bucket = uri.substring(SCHEME.length(), slash < 0 ? uri.length() : slash);
        if (bucket.isBlank()) {
            throw new IllegalArgumentException(
                    "an S3 URI s3://bucket/prefix with a bucket required but it was '" + uri + "'");
        }
        return new S3Uri(bucket, slash < 0 ? "" : uri.substring(slash + 1));
    }

    @Override
    public String toString() {
        return SCHEME + bucket + "/" + prefix;
    }
}
