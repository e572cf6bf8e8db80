package io.pipeflux.s3;

import java.util.Objects;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Channels of objects in S3 or a store that speaks its protocol. */
public final class S3Channels {

    private S3Channels() {}

    /**
     * All objects whose keys begin with a prefix, read with {@link S3ReadOptions#defaults()}.
     *
     * @see #prefix(S3AsyncClient, String, S3ReadOptions)
     */
    public static S3Channel prefix(S3AsyncClient client, String uri) {
        return prefix(client, uri, S3ReadOptions.defaults());
    }

    /**
     * All objects whose keys begin with a prefix, in the order of the listing (by UTF-8 bytes), as SageMaker's S3Prefix:
     * the prefix is a string and no folder, so {@code s3://bucket/train} names {@code train/a} and {@code training/b}.
     * Nothing is sent to the store here.
     *
     * @param client reads; stays the caller's, who closes it after the channel's last use
     * @param uri {@code s3://bucket/prefix}, taken literally; with an empty prefix the whole bucket
     * @throws IllegalArgumentException if the URI has another form
     */
    public static S3Channel prefix(S3AsyncClient client, String uri, S3ReadOptions options) {
        return new S3Channel(
                Objects.requireNonNull(client, "client"), S3Uri.parse(uri), Objects.requireNonNull(options, "options"));
    }
}
