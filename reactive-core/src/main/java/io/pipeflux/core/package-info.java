/**
 * The types that every module shares: objects, records and their positions, passes, errors and the monitor.
 *
 * <h2 id="bytes">Bytes</h2>
 *
 * <p>A byte stream is a {@code Flux<ByteBuffer>}. The bytes from position to limit are the data. The buffer's byte
 * order is ignored, and empty buffers are allowed. Buffers are not reference-counted. The same contract applies to
 * every public method, in all modules, that takes or returns such a stream, a single buffer or an {@link
 * io.pipeflux.core.ObjectBytes}.
 *
 * <p><b>Buffers passed to Pipeflux</b> are never changed: Pipeflux changes neither their content nor their position,
 * limit, mark or order. A source may therefore keep its buffers, and the source may be cached, shared by several
 * subscribers or subscribed to again. The buffers may be read-only, direct or slices. In return, no code may write to
 * the content of a buffer after {@code onNext}, because records and columns are views of it. The arrays of heap buffers
 * are not copied. Decoders read arrays, so they copy the content of direct buffers and of read-only buffers once.
 *
 * <p><b>Buffers emitted by Pipeflux</b> belong to their receiver, which may move position and limit: each subscriber
 * gets its own buffer objects. Sources emit unpooled heap chunks of at most 256 KiB. Pipeflux never writes to, reuses
 * or pools a buffer that user code may have seen. (Pipeflux reuses a chunk only if no user code can see the chunk on
 * its way from the source to the columns.) The content may be shared with the records of the same chunk, or with a
 * source that keeps its buffers, so the receiver must not write to it.
 *
 * <p>Two exceptions are the caller's responsibility. First, operators that do not change their elements, such as {@link
 * io.pipeflux.core.operator.PipeOperators#prefetch prefetch}, and {@link io.pipeflux.core.ObjectBytes#of} pass on the
 * same buffer objects that they received. Second, if Reactor's {@code cache()} or {@code publish()} hands one buffer to
 * several receivers, each receiver must read its own {@code duplicate()} of the buffer. Pipeflux's operators do so.
 *
 * <h2 id="demand">Demand</h2>
 *
 * <p>Without demand from downstream, nothing is read. The only exception is read-ahead, within the bounds that each
 * source and operator states.
 */
@NullMarked
package io.pipeflux.core;

import org.jspecify.annotations.NullMarked;
