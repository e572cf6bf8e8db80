package io.pipeflux.benchmarks.pipe;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;

import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Ways to read a FIFO to its end. Each way counts what it has read, and returns the count, so that an incomplete read
 * is noticed.
 */
enum FifoReading {
    /** For comparison: a {@code FileChannel} loop that reuses one direct buffer. */
    CHANNEL {
        @Override
        long read(Path fifo, String set) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
            try (FileChannel pipe = FileChannel.open(fifo, StandardOpenOption.READ)) {
                long bytes = 0;
                for (int n = pipe.read(buffer); n >= 0; n = pipe.read(buffer.clear())) {
                    bytes += n;
                }
                return bytes;
            }
        }
    },
    /** For comparison: a {@code FileChannel} loop with a heap buffer that is filled through a direct buffer. */
    HEAPCHANNEL {
        @Override
        long read(Path fifo, String set) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(256 << 10);
            try (FileChannel pipe = FileChannel.open(fifo, StandardOpenOption.READ)) {
                long bytes = 0;
                for (int n = pipe.read(buffer); n >= 0; n = pipe.read(buffer.clear())) {
                    bytes += n;
                }
                return bytes;
            }
        }
    },
    /** Pipeflux reads chunks, each into newly allocated memory. */
    CHUNKS {
        @Override
        long read(Path fifo, String set) {
            return NamedPipes.read(fifo)
                    .reduce(0L, (sum, chunk) -> sum + chunk.remaining())
                    .blockOptional()
                    .orElse(0L);
        }
    },
    /** Pipeflux reads TFRecords, and verifies both checksums of each record. */
    RECORDS {
        @Override
        long read(Path fifo, String set) {
            return NamedPipes.read(fifo)
                    .transform(TfRecords.decode())
                    .reduce(0L, (sum, record) -> sum + record.size() + 16)
                    .blockOptional()
                    .orElse(0L);
        }
    },
    /** Pipeflux reads batches of 64 rows. The thread that reads the FIFO also parses the rows into columns. */
    BATCHES {
        @Override
        long read(Path fifo, String set) {
            Schema schema =
                    Schema.of(Feature.decodeRaw("data", DType.FLOAT64, DataFiles.values(set)), Feature.int64("labels"));
            return NamedPipes.read(fifo)
                    .doOnNext(chunk -> bytes += chunk.remaining())
                    .transform(TfRecords.decode())
                    .transform(mapAndBatch(64, 0, schema.batches()))
                    .reduce(-bytes, (sum, batch) -> sum)
                    .map(before -> before + bytes)
                    .blockOptional()
                    .orElse(0L);
        }
    };

    @SuppressWarnings("NonFinalStaticField")
    private static long bytes; // static is sufficient, because only one pass runs at a time

    abstract long read(Path fifo, String set) throws IOException;
}
