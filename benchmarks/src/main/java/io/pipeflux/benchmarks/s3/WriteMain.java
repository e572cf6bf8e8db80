package io.pipeflux.benchmarks.s3;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Runs one {@link ObjectWriting} in its own JVM. The arguments are the name of the {@code ObjectWriting}, the port, the
 * size of the object, and the number of warm-up writes. Prints the bytes written, the elapsed nanoseconds and the CPU
 * nanoseconds.
 */
final class WriteMain {

    private WriteMain() {}

    public static void main(String[] args) {
        ObjectWriting side = ObjectWriting.valueOf(args[0]);
        int port = Integer.parseInt(args[1]);
        long bytes = Long.parseLong(args[2]);
        Supplier<Mono<String>> writer = side.writer(port, bytes);
        for (int i = Integer.parseInt(args[3]); i > 0; i--) {
            write(side, writer, bytes);
        }
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begin = System.nanoTime();
        write(side, writer, bytes);
        long nanos = System.nanoTime() - begin;
        System.out.println(bytes + " " + nanos + " " + (system.getProcessCpuTime() - cpu));
        System.exit(0);
    }

    private static void write(ObjectWriting side, Supplier<Mono<String>> writer, long bytes) {
        String etag = writer.get().block();
        if (!("\"" + bytes + "\"").equals(etag)) { // the ETag from UploadSink is the number of bytes
            throw new IllegalStateException(side + ": expected " + bytes + " bytes in the store, but got " + etag);
        }
    }
}
