package io.pipeflux.records.internal;

import io.pipeflux.records.batch.ColumnAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else's allocator, as unlike ours as the contract allows: buffers begin anywhere, are too long, big-endian
 * and full of poison, every second is direct. Knows which are not given back, and which were given back by mistake.
 */
public final class CountingAllocator implements ColumnAllocator {

    private static final byte POISON = (byte) 0xA5;

    private final Map<ByteBuffer, String> given = Collections.synchronizedMap(new IdentityHashMap<>());
    private final List<String> mistakes = Collections.synchronizedList(new ArrayList<>());
    private volatile int allocated;
    private volatile int failAt = Integer.MAX_VALUE;
    private volatile @Nullable Error failure;

    /** The n-th allocation from now on throws. */
    public void failAt(int n, Error error) {
        failure = error;
        failAt = allocated + n;
    }

    @Override
    public synchronized ByteBuffer allocate(long bytes) {
        Error error = failure;
        if (++allocated == failAt && error != null) {
            throw error;
        }
        int before = allocated % 5;
        int capacity = before + (int) bytes + allocated % 3;
        ByteBuffer memory = allocated % 2 == 0 ? ByteBuffer.allocate(capacity) : ByteBuffer.allocateDirect(capacity);
        poison(memory);
        memory.position(before);
        given.put(memory, "allocation " + allocated);
        return memory;
    }

    @Override
    public void release(ByteBuffer memory) {
        if (given.remove(memory) == null) {
            mistakes.add("released, but not given out: " + memory);
        }
        poison(memory);
    }

    private static void poison(ByteBuffer memory) {
        for (int i = 0; i < memory.capacity(); i++) {
            memory.clear().put(i, POISON);
        }
    }

    public int allocated() {
        return allocated;
    }

    public int outstanding() {
        return given.size();
    }

    public List<String> mistakes() {
        return mistakes;
    }
}
