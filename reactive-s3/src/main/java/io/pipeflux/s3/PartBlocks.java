package io.pipeflux.s3;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.Cleaner;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory for the parts that a client uploads. It consists of reusable blocks. They are direct buffers, because
 * Netty would copy heap buffers into direct ones before sending them.
 *
 * <p>All clients together hold at most half of the memory that {@code -XX:MaxDirectMemorySize} allows, because Netty
 * also needs direct memory for sending. Further blocks are on the heap. Unused blocks are freed when the garbage
 * collector needs heap, or after some time.
 */
final class PartBlocks {

    /** The size of a block in bytes. */
    static final int BYTES = 256 << 10;

    private static final int SHARE = 2;
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicLong HELD = new AtomicLong();
    private static final long MOST = mostDirectMemory() / SHARE;

    private final AtomicLong held;
    private final long most;
    private final Queue<SoftReference<ByteBuffer>> free = new ConcurrentLinkedQueue<>();

    PartBlocks() {
        this(HELD, MOST);
    }

    /**
     * @param held counts the bytes of all direct buffers
     * @param most the maximum value of this counter
     */
    PartBlocks(AtomicLong held, long most) {
        this.held = held;
        this.most = most;
    }

    private static long mostDirectMemory() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long option = jvm == null
                ? 0
                : Long.parseLong(jvm.getVMOption("MaxDirectMemorySize").getValue());
        return option > 0 ? option : Runtime.getRuntime().maxMemory(); // the default of the option
    }

    /** Returns a block. Its position and limit may have any value. */
    ByteBuffer take() {
        for (SoftReference<ByteBuffer> next = free.poll(); next != null; next = free.poll()) {
            ByteBuffer block = next.get();
            if (block != null) {
                return block;
            }
        }
        if (held.addAndGet(BYTES) <= most) {
            try {
                ByteBuffer block = ByteBuffer.allocateDirect(BYTES);
                CLEANER.register(block, new Freed(held));
                return block;
            } catch (OutOfMemoryError usedByOthers) {
                // direct memory has run out, but the heap may have enough memory
            }
        }
        held.addAndGet(-BYTES);
        return ByteBuffer.allocate(BYTES);
    }

    /** Takes blocks back for reuse. The caller must no longer read or write them. */
    void give(List<ByteBuffer> blocks) {
        blocks.forEach(block -> free.add(new SoftReference<>(block)));
    }

    /**
     * Corrects the counter of direct memory after a block was garbage-collected. For example, this happens to the
     * blocks of a part that fails, because they are not given back.
     */
    private record Freed(AtomicLong held) implements Runnable {
        @Override
        public void run() {
            held.addAndGet(-BYTES);
        }
    }
}
