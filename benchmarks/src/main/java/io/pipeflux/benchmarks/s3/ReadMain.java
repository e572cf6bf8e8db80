package io.pipeflux.benchmarks.s3;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;

/**
 * Runs one {@link PrefixReading} in its own JVM. The arguments are the name of the {@code PrefixReading}, the port, the
 * size and the number of the objects, the part size, and the number of warm-up reads. Prints the bytes read, the
 * elapsed nanoseconds and the CPU nanoseconds.
 */
final class ReadMain {

    private ReadMain() {}

    public static void main(String[] args) {
        PrefixReading side = PrefixReading.valueOf(args[0]);
        int port = Integer.parseInt(args[1]);
        Objects objects = new Objects(Long.parseLong(args[2]), Integer.parseInt(args[3]));
        int partBytes = Integer.parseInt(args[4]);
        Supplier<Flux<ByteBuffer>> reader = side.reader(port, objects, partBytes);
        for (int i = Integer.parseInt(args[5]); i > 0; i--) {
            read(side, reader, objects);
        }
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begin = System.nanoTime();
        long bytes = read(side, reader, objects);
        long nanos = System.nanoTime() - begin;
        System.out.println(bytes + " " + nanos + " " + (system.getProcessCpuTime() - cpu));
        System.exit(0);
    }

    private static long read(PrefixReading side, Supplier<Flux<ByteBuffer>> reader, Objects objects) {
        long bytes = reader.get()
                .reduce(0L, (sum, chunk) -> sum + chunk.remaining())
                .blockOptional()
                .orElse(0L);
        if (bytes != objects.bytes()) {
            throw new IllegalStateException(side + ": expected " + objects.bytes() + " bytes, but got " + bytes);
        }
        return bytes;
    }
}
