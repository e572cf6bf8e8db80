package io.pipeflux.records.batch;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Allocates direct buffers while the process uses less than half of the direct memory that the JVM permits, and arrays
 * otherwise. This prevents the process from reaching the JVM's limit, at which {@code ByteBuffer.allocateDirect} would
 * run {@code System.gc()} and wait. The JVM reports the amount of direct memory in use, including the buffers of other
 * libraries.
 */
final class DirectMemory implements ColumnAllocator {

    static final DirectMemory INSTANCE = new DirectMemory(() -> Jvm.LIMIT / 2, () -> Jvm.USED.getAsLong());

    private static final String OPTION = "-XX:MaxDirectMemorySize=";

    private final LongSupplier bound;
    private final LongSupplier used;
    private final AtomicLong beingAllocated = new AtomicLong(); // bytes that threads are currently allocating
    private final LongAdder direct = new LongAdder();
    private final LongAdder arrays = new LongAdder();

    /**
     * Creates an allocator.
     *
     * @param bound supplies the maximum number of bytes of direct memory. If a direct buffer would exceed this maximum,
     *     an array is allocated instead
     * @param used supplies the number of bytes of direct memory that the process uses
     */
    DirectMemory(LongSupplier bound, LongSupplier used) {
        this.bound = bound;
        this.used = used;
    }

    /**
     * Reads the limit and the use of direct memory from the JVM's management beans. This is a separate class, so that
     * the beans are loaded only when direct memory is first requested.
     */
    private static final class Jvm {
        private static final long LIMIT = limit();
        private static final LongSupplier USED = used();
    }

    private static LongSupplier used() {
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct")) {
                return pool::getMemoryUsed;
            }
        }
        return () -> Long.MAX_VALUE / 2; // the JVM does not report the amount, so no direct memory is used
    }

    private static long limit() {
        long limit = Runtime.getRuntime().maxMemory();
        for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            limit = argument.startsWith(OPTION) ? limit(argument.substring(OPTION.length()), limit) : limit;
        }
        return limit;
    }

    /**
     * Returns the limit in bytes that a JVM option's value, such as {@code 512m}, specifies. Returns the default if the
     * value is 0 or is not a size.
     */
    static long limit(String option, long byDefault) {
        String size = option.toLowerCase(Locale.ROOT);
        int unit = size.isEmpty() ? -1 : "kmgt".indexOf(size.charAt(size.length() - 1));
        try {
            long number = Long.parseLong(unit < 0 ? size : size.substring(0, size.length() - 1));
            return number == 0 ? byDefault : Math.multiplyExact(number, 1L << (10 * (unit + 1)));
        } catch (ArithmeticException | NumberFormatException e) {
            return byDefault;
        }
    }

    @Override
    public ByteBuffer allocate(long bytes) {
        try {
            if (beingAllocated.addAndGet(bytes) + used.getAsLong() <= bound.getAsLong()) {
                ByteBuffer memory = ByteBuffer.allocateDirect((int) bytes);
                direct.increment();
                return memory;
            }
        } finally {
            beingAllocated.addAndGet(-bytes);
        }
        arrays.increment();
        return ByteBuffer.allocate((int) bytes);
    }

    @Override
    public String toString() {
        return "ColumnAllocator.direct()[" + direct + " direct buffers, and " + arrays
                + " arrays because the process had more than " + bound.getAsLong() + " bytes of direct memory]";
    }
}
