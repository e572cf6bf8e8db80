/**
 * The words every module shares: operators, records and their positions, passes, errors.
 *
 * <p><b>Bytes.</b> A byte stream is a {@code Flux<ByteBuffer>}: position to limit is the data. Buffers are heap chunks
 * of at most 256 KiB, unpooled, and handed over for good: this library never writes to, reuses or pools a buffer after
 * {@code onNext}. There is no reference counting.
 *
 * <p><b>Demand.</b> Nothing is read that was not asked for, beyond bounds that each source and operator states.
 */
@NullMarked
package io.pipeflux.core;

import org.jspecify.annotations.NullMarked;
