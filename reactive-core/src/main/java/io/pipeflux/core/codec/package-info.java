/**
 * Decodes byte streams into frames. The package contains frame formats, the contract that decoders follow, the buffer
 * that a decoder reads from, and compression. {@link io.pipeflux.core.codec.FrameFormat} is the entry point. All
 * buffers follow the {@linkplain io.pipeflux.core contract of bytes}.
 */
@NullMarked
package io.pipeflux.core.codec;

import org.jspecify.annotations.NullMarked;
