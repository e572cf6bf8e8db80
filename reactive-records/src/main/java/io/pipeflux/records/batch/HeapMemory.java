package io.pipeflux.records.batch;

import java.nio.ByteBuffer;

/** Allocates arrays, which the garbage collector frees after use. */
enum HeapMemory implements ColumnAllocator {
    INSTANCE;

    @Override
    public ByteBuffer allocate(long bytes) {
        return ByteBuffer.allocate((int) bytes);
    }

    @Override
    public String toString() {
        return "ColumnAllocator.heap()";
    }
}
