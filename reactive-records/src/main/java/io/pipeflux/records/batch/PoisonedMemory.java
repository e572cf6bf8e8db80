package io.pipeflux.records.batch;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Allocates arrays that are filled with the byte {@code 0xA5}, and fills them again when they are released. */
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
    @SuppressWarnings("ByteBufferBackingArray") // the buffer was allocated by this class, so it has an array
    public void release(ByteBuffer memory) {
        Arrays.fill(memory.array(), POISON);
    }

    @Override
    public String toString() {
        return "ColumnAllocator.poisoning()";
    }
}
