package io.pipeflux.benchmarks.s3;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * One side, in a JVM of its own. Arguments: side, port, size and count of the objects, part size, and how many readings come
 * first, unmeasured. Prints bytes, nanoseconds and nanoseconds of CPU.
 */
final class ReadMain {

    private ReadMain() {}

    public static void main(String[] args) {
        Side side = Side.valueOf(args[0]);
        int port = Integer.parseInt(args[1]);
        Objects objects = new Objects(Long.parseLong(args[2]), Integer.parseInt(args[3]));
        int partBytes = Integer.parseInt(args[4]);
        for (int i = Integer.parseInt(args[5]); i > 0; i--) {
            read(side, port, objects, partBytes);
        }
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begin = System.nanoTime();
        long bytes = read(side, port, objects, partBytes);
        long nanos = System.nanoTime() - begin;
        System.out.println(bytes + " " + nanos + " " + (system.getProcessCpuTime() - cpu));
        System.exit(0);
    }

    private static long read(Side side, int port, Objects objects, int partBytes) {
        long bytes = side.read(port, objects, partBytes)
                .reduce(0L, (sum, chunk) -> sum + chunk.remaining())
                .blockOptional()
                .orElse(0L);
        if (bytes != objects.bytes()) {
            throw new IllegalStateException(side + ": expected " + objects.bytes() + " bytes, read " + bytes);
        }
        return bytes;
    }
}
