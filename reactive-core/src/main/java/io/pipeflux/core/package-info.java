/**
 * The words that every module shares: objects, records and their positions, passes, errors, the monitor.
 *
 * <h2 id="bytes">Bytes</h2>
 *
 * <p>A byte stream is a {@code Flux<ByteBuffer>}. Position to limit is the data; the buffer's order has no meaning, and
 * buffers without data are allowed. There is no reference counting. The same contract holds for every public method of
 * all modules that is given such a stream, a single buffer or an {@link io.pipeflux.core.ObjectBytes}, or that returns
 * one.
 *
 * <p><b>Buffers that are given to this library</b> are never changed: neither position, limit, mark and order nor
 * content. So a source may keep its buffers, be cached, shared by several subscribers or subscribed to again; and its
 * buffers may be read-only, direct or slices. In return nobody writes to the content of a buffer after {@code onNext}:
 * records and columns are views of it. The arrays of heap buffers are not copied. Decoders read arrays, so they copy
 * the content of direct and of read-only buffers, once.
 *
 * <p><b>Buffers that this library gives</b> belong to their receiver, who may move position and limit: each subscriber
 * gets buffers of its own. Sources give heap chunks of at most 256 KiB, unpooled. This library never writes to, reuses
 * or pools a buffer after {@code onNext}. The content may be shared, with the records of the same chunk or with a
 * source that keeps its buffers, so it must not be written to.
 *
 * <p>Two cases are the caller's own: operators that pass elements on as they are, such as
 * {@link io.pipeflux.core.operator.PipeOperators#prefetch prefetch}, and {@link io.pipeflux.core.ObjectBytes#of}, pass
 * on the very buffers that they were given; and where Reactor's {@code cache()} or {@code publish()} hands one buffer
 * to several receivers, each of them has to read a {@code duplicate()} of it, as this library does.
 *
 * <h2 id="demand">Demand</h2>
 *
 * <p>Nothing is read that was not asked for, beyond bounds that each source and operator states.
 */
@NullMarked
package io.pipeflux.core;

import org.jspecify.annotations.NullMarked;
