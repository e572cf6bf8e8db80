package io.pipeflux.samples.training;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3ReadOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import reactor.core.Disposable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The whole way of the main job in one small heap, with a consumer that pauses: {@code ENDPOINT PREFIX ML_ROOT
 * GIGABYTES}. Prints per GiB, and at the end, {@code gib, resident KiB, descriptors, threads, connections}.
 */
final class SoakMain {

    private static final long GIB = 1L << 30;
    private static final int WINDOW_BYTES = 16 << 20;

    private SoakMain() {}

    public static void main(String[] args) throws Exception {
        Path mlRoot = Path.of(args[2]);
        long target = Long.parseLong(args[3]) * GIB;
        Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
        try (S3AsyncClient client = S3Clients.create(URI.create(args[0]), null)) {
            Disposable agent = PipeAgent.at(mlRoot)
                    .channel(
                            "train",
                            S3Channels.prefix(
                                            client,
                                            args[1],
                                            S3ReadOptions.defaults()
                                                    .partSize(2 << 20)
                                                    .windowBytes(WINDOW_BYTES))
                                    .objects())
                    .run()
                    .subscribe();
            try (Stream<ColumnBatch> batches = PipeChannels.create(PipeOptions.mlRoot(mlRoot))
                    .channel("train")
                    .transform(TfRecords.decode())
                    .transform(repeat(Integer.MAX_VALUE))
                    .transform(prefetch(10))
                    .transform(mapAndBatch(64, 2, schema.batches()))
                    .toStream(1)) {
                consume(batches.iterator(), target);
            } finally {
                agent.dispose();
            }
            print("left");
        }
    }

    private static void consume(Iterator<ColumnBatch> batches, long target) throws Exception {
        long bytes = 0;
        for (long n = 0; bytes < target; n++) {
            long before = bytes / GIB;
            bytes += 8246L * batches.next().rows();
            if (n % 100 == 0) {
                LockSupport.parkNanos(20_000_000); // behind: everything upstream fills up to its bound
            }
            if (bytes / GIB > before) {
                print(String.valueOf(bytes / GIB));
            }
        }
    }

    private static void print(String what) throws Exception {
        System.out.println(what + " " + status("VmRSS:") + " " + openFiles("") + " " + status("Threads:") + " "
                + openFiles("socket:"));
    }

    private static String status(String name) throws Exception {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long openFiles(String prefix) throws Exception {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> target(file).startsWith(prefix)).count();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (Exception e) {
            return "closed meanwhile";
        }
    }
}
