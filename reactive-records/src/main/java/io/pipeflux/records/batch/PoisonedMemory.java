package io.pipeflux.records.batch;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Arrays that hold nothing but poison until they are written to, and after they were released. */
enum PoisonedMemory implements ColumnAllocator {
    INSTANCE;

    private static final byte POISON = (byte) 0xA5;

    @Override
    public ByteBuffer allocate(long bytes) {
        ByteBuffer memory = ByteBuffer.allocate((int) bytes);
        release(memory);
        return memory;
    }

    @Override
    @SuppressWarnings("ByteBufferBackingArray") // allocated here
    public void release(ByteBuffer memory) {
        Arrays.fill(memory.array(), POISON);
    }

    @Override
    public String toString() {
        return "ColumnAllocator.poisoning()";
    }
}
