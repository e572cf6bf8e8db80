package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;

/**
 * Bytes that need not be fetched, such as the value of an attribute in an augmented manifest.
 *
 * @param name where they stand, such as {@code s3://bucket/train.manifest line 7 label}
 * @param bytes handed over for good
 * @param listOrigin where their line is in the channel's list
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record InlineBytes(String name, byte[] bytes, ListOrigin listOrigin) implements ChannelItem {}
