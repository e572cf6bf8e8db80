package io.pipeflux.benchmarks.pipe;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;

import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Measures how soon the first batch of 64 rows arrives. The measurement starts when the pipe's writer receives the
 * bytes to write. In one JVM, the README's pipeline reads 100 epochs of the data set {@code seed}, each epoch from a
 * new FIFO. The program also measures the time from the JVM's start to the first batch of the first epoch. For this
 * figure, the directory must already contain the data of an earlier run.
 *
 * <pre>
 *   java -cp benchmarks/target/benchmarks.jar io.pipeflux.benchmarks.pipe.FirstBatch [DIRECTORY]
 * </pre>
 */
final class FirstBatch {

    private static final int EPOCHS = 100;
    private static final int WARM_UP = 20;

    private FirstBatch() {}

    /** Prints the time of the first epoch, and the median and the longest time of the epochs after the warm-up. */
    public static void main(String[] args) throws Exception {
        Path directory = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("first-batch");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(DataFiles.write(directory, "seed", 4_000_000)));
        double[] millis = new double[EPOCHS];
        for (int i = 0; i < EPOCHS; i++) {
            millis[i] = epoch(directory.resolve("train_" + i), bytes) / 1e6;
            if (i == 0) {
                System.out.printf(
                        Locale.ROOT,
                        "JVM's start to first batch: %d ms%n",
                        ManagementFactory.getRuntimeMXBean().getUptime());
            }
        }
        double[] warm = Arrays.copyOfRange(millis, WARM_UP, EPOCHS);
        Arrays.sort(warm);
        System.out.printf(
                Locale.ROOT,
                "first byte to first batch: the first time %.1f ms; warm, of %d: median %.2f ms, longest %.2f ms%n",
                millis[0],
                warm.length,
                warm[warm.length / 2],
                warm[warm.length - 1]);
    }

    private static long epoch(Path fifo, ByteBuffer bytes) throws IOException {
        NamedPipes.create(fifo);
        AtomicLong written = new AtomicLong();
        CompletableFuture<Long> done = NamedPipes.write(
                        fifo, Mono.fromSupplier(bytes::duplicate).doOnNext(chunk -> written.set(System.nanoTime())))
                .thenReturn(0L)
                .toFuture();
        Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
        Flux<ColumnBatch> batches = NamedPipes.read(fifo)
                .transform(TfRecords.decode())
                .transform(prefetch(10))
                .transform(mapAndBatch(64, 2, schema.batches()));
        long first = batches.map(batch -> System.nanoTime()).blockFirst();
        done.join();
        Files.delete(fifo);
        return first - written.get();
    }
}
