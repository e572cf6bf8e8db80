package io.pipeflux.test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The state of a buffer. Tests compare the states before and after a call, because the call must not change the buffer.
 * {@code content} is a copy of all bytes up to the capacity.
 */
record BufferState(int position, int limit, ByteOrder order, ByteBuffer content) {

    static BufferState of(ByteBuffer buffer) {
        ByteBuffer all = buffer.duplicate().clear();
        return new BufferState(
                buffer.position(),
                buffer.limit(),
                buffer.order(),
                ByteBuffer.allocate(all.remaining()).put(all).flip());
    }

    static List<BufferState> of(List<ByteBuffer> buffers) {
        return buffers.stream().map(BufferState::of).toList();
    }
}
