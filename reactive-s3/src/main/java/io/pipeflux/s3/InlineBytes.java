package io.pipeflux.s3;

import io.pipeflux.core.ListOrigin;

/**
 * Bytes that need not be fetched, such as the value of an attribute in an augmented manifest.
 *
 * @param name a description of where the bytes come from, for example {@code s3://bucket/train.manifest line 7 label}
 * @param bytes the bytes, which the caller must not change afterwards
 * @param listOrigin the position, in the channel's list, of the line that contains the bytes
 */
@SuppressWarnings("ArrayRecordComponent") // instances are never compared
record InlineBytes(String name, byte[] bytes, ListOrigin listOrigin) implements ChannelItem {}
