package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import java.nio.ByteBuffer;

/**
 * A corrupt record that was skipped.
 *
 * @param frame the bytes of its frame, the receiver's own
 * @param cause what is wrong with it, and its position
 */
public record DeadLetter(ByteBuffer frame, CorruptRecordException cause) {}
