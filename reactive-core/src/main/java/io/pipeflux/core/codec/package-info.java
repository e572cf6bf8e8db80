/**
 * How byte streams become frames: the contract of a decoder, the buffer it reads from, and the one driver behind
 * {@link io.pipeflux.core.codec.FrameFormat}. Buffers are treated by the {@linkplain io.pipeflux.core contract of bytes}.
 */
@NullMarked
package io.pipeflux.core.codec;

import org.jspecify.annotations.NullMarked;
