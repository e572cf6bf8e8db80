package io.pipeflux.benchmarks.pipe;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collector;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;

/** Reads a file, or a FIFO, to batches of 64 rows, and counts rows and labels. */
enum PipelineSide {
    /** The peer: a loop over a {@code DataInputStream}, checksums verified, protobuf-java into arrays. */
    PLAIN {
        @Override
        String read(Path from, String set) throws IOException {
            return PlainJava.read(from, set);
        }
    },
    /** Ours: the pipeline of the README. */
    README {
        @Override
        String read(Path from, String set) {
            return ours(
                    from,
                    set,
                    rows -> rows.transform(repeat(1))
                            .transform(prefetch(10))
                            .transform(mapAndBatch(PipelineSets.BATCH, 2, schema(set))));
        }
    },
    /** Ours: the same without {@code prefetch}. */
    NOPREFETCH {
        @Override
        String read(Path from, String set) {
            return ours(
                    from,
                    set,
                    rows -> rows.transform(repeat(1)).transform(mapAndBatch(PipelineSets.BATCH, 2, schema(set))));
        }
    },
    /** Ours: without a thread of its own. */
    INLINE {
        @Override
        String read(Path from, String set) {
            return ours(
                    from,
                    set,
                    rows -> rows.transform(repeat(1)).transform(mapAndBatch(PipelineSets.BATCH, 0, schema(set))));
        }
    };

    /** How long the consumer is busy with each batch. */
    private static final long BUSY_NANOS = 1000L * Integer.getInteger("pipeflux.busyMicros", 0);

    /**
     * Reads to the end. Returns the number of rows and the sum of their labels, which are the first fields of a text.
     */
    abstract String read(Path from, String set) throws IOException;

    private static Collector<RawRecord, ?, ColumnBatch> schema(String set) {
        if (set.equals(PipelineSets.TEXT)) {
            return CsvSchema.of(IntStream.range(0, PipelineSets.FIELDS)
                            .mapToObj(i -> CsvField.int32(name(i)))
                            .toArray(CsvField[]::new))
                    .batches();
        }
        return Schema.of(ExampleSets.features(set).toArray(Feature[]::new)).batches();
    }

    private static String name(int field) {
        return field == 0 ? "label" : "c" + field;
    }

    private static String ours(Path from, String set, Function<Flux<RawRecord>, Flux<ColumnBatch>> pipeline) {
        boolean text = set.equals(PipelineSets.TEXT);
        Flux<RawRecord> records = Files.isRegularFile(from)
                ? DirectoryChannel.of(Objects.requireNonNull(from.getParent()))
                        .objects()
                        .transform(text ? TextLines.decodeObjects() : TfRecords.decodeObjects())
                : NamedPipes.read(from).transform(text ? TextLines.decode() : TfRecords.decode());
        Labels labels = new Labels();
        records.transform(pipeline).doOnNext(batch -> labels.add(batch, text)).blockLast();
        return labels.toString();
    }

    /** Counts on the subscriber's thread, one batch at a time. */
    private static final class Labels {

        private final int[] integers = new int[PipelineSets.BATCH];
        private final long[] longs = new long[PipelineSets.BATCH];
        private long rows;
        private long sum;

        void add(ColumnBatch batch, boolean text) {
            rows += batch.rows();
            if (text) {
                batch.column("label").copyTo(integers);
            } else {
                batch.column("label").copyTo(longs);
            }
            for (int i = 0; i < batch.rows(); i++) {
                sum += text ? integers[i] : longs[i];
            }
            for (long began = System.nanoTime(); System.nanoTime() - began < BUSY_NANOS; ) {
                Thread.onSpinWait();
            }
        }

        @Override
        public String toString() {
            return rows + ":" + sum;
        }
    }
}
