package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import java.nio.ByteBuffer;

/**
 * A corrupt record that was skipped.
 *
 * @param frame a copy of the bytes of its frame, owned by the receiver
 * @param cause states what is wrong with the record, and its position
 */
public record DeadLetter(ByteBuffer frame, CorruptRecordException cause) {}
