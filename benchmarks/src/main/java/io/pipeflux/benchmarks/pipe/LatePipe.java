package io.pipeflux.benchmarks.pipe;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import reactor.core.Disposable;

/**
 * Measures the time from the creation of a pipe until its first byte reaches a reader that was already waiting for the
 * pipe. The measurement is repeated with 100 pipes in one JVM.
 *
 * <pre>
 *   java -cp benchmarks/target/benchmarks.jar io.pipeflux.benchmarks.pipe.LatePipe
 * </pre>
 */
final class LatePipe {

    private static final int PIPES = 100;
    private static final int WARM_UP = 20;
    private static final long LOOK_NANOS = 100_000;

    private LatePipe() {}

    /** Prints the time of the first pipe, and the median and the longest time of the pipes after the warm-up. */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("late-pipe");
        double[] millis = new double[PIPES];
        for (int i = 0; i < PIPES; i++) {
            millis[i] = latency(directory, "c" + i) / 1e6;
        }
        double[] warm = Arrays.copyOfRange(millis, WARM_UP, PIPES);
        Arrays.sort(warm);
        System.out.printf(
                Locale.ROOT,
                "pipe made to first byte: the first time %.1f ms; warm, of %d: median %.2f ms, longest %.2f ms%n",
                millis[0],
                warm.length,
                warm[warm.length / 2],
                warm[warm.length - 1]);
    }

    private static long latency(Path directory, String channel) throws IOException {
        PipelineMonitor monitor = PipelineMonitor.create(channel);
        CompletableFuture<Long> arrival = new CompletableFuture<>();
        Disposable reading = PipeChannels.create(PipeOptions.directory(directory))
                .channel(channel)
                .contextWrite(monitor.watch())
                .subscribe(chunk -> arrival.complete(System.nanoTime()), arrival::completeExceptionally);
        while (monitor.waits().isEmpty()) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        Path pipe = directory.resolve(channel + "_0");
        long made = System.nanoTime();
        NamedPipes.create(pipe);
        try (FileChannel writer = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            writer.write(ByteBuffer.allocate(1));
            return arrival.join() - made;
        } finally {
            reading.dispose();
        }
    }
}
