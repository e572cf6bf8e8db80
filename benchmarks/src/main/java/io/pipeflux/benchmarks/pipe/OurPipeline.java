package io.pipeflux.benchmarks.pipe;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Collector;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Operators;

/** Pipeflux pipelines that read a file, a FIFO or an S3 store into batches of 64 rows. */
final class OurPipeline {

    private static final ColumnAllocator POOL = ColumnAllocator.pooled(256 << 20);

    private OurPipeline() {}

    /** Runs the README's pipeline. */
    static void readme(Path from, String set, Tally tally) {
        readme(from, set, tally, ColumnAllocator.heap());
    }

    /** Runs the README's pipeline with pooled column memory. */
    static void pooled(Path from, String set, Tally tally) {
        readme(from, set, tally, POOL);
    }

    private static void readme(Path from, String set, Tally tally, ColumnAllocator memory) {
        OurBatches.count(
                records(from, set)
                        .transform(repeat(1))
                        .transform(prefetch(10))
                        .transform(mapAndBatch(PipelineSets.BATCH, 2, schema(set, memory))),
                set,
                tally);
    }

    static void withoutPrefetch(Path from, String set, Tally tally) {
        OurBatches.count(
                records(from, set).transform(repeat(1)).transform(mapAndBatch(PipelineSets.BATCH, 2, schema(set))),
                set,
                tally);
    }

    /** Runs the README's pipeline on the subscribing thread only. */
    static void inline(Path from, String set, Tally tally) {
        OurBatches.count(
                records(from, set).transform(repeat(1)).transform(mapAndBatch(PipelineSets.BATCH, 0, schema(set))),
                set,
                tally);
    }

    /** Runs the README's pipeline with a hook that wraps every operator, as debuggers and tracers do. */
    static void hooked(Path from, String set, Tally tally) {
        Hooks.onEachOperator("benchmark", Operators.lift((scannable, subscriber) -> subscriber));
        readme(from, set, tally);
    }

    /** Runs the README's pipeline while Reactor restores thread-locals from the Context. */
    static void propagated(Path from, String set, Tally tally) {
        Hooks.enableAutomaticContextPropagation();
        readme(from, set, tally);
    }

    static Flux<RawRecord> records(Path from, String set) {
        boolean text = set.equals(PipelineSets.TEXT);
        if (From.isStore(from)) {
            return From.objects(from).transform(text ? TextLines.decodeObjects() : TfRecords.decodeObjects());
        }
        return Files.isRegularFile(from)
                ? DirectoryChannel.of(Objects.requireNonNull(from.getParent()))
                        .objects()
                        .transform(text ? TextLines.decodeObjects() : TfRecords.decodeObjects())
                : NamedPipes.read(from).transform(text ? TextLines.decode() : TfRecords.decode());
    }

    static Collector<RawRecord, ?, ColumnBatch> schema(String set) {
        return schema(set, ColumnAllocator.heap());
    }

    private static Collector<RawRecord, ?, ColumnBatch> schema(String set, ColumnAllocator memory) {
        if (set.equals(PipelineSets.TEXT)) {
            return CsvSchema.of(IntStream.range(0, PipelineSets.FIELDS)
                            .mapToObj(i -> CsvField.int32(i == 0 ? "label" : "c" + i))
                            .toArray(CsvField[]::new))
                    .withAllocator(memory)
                    .batches();
        }
        return Schema.of(ExampleSets.features(set).toArray(Feature[]::new))
                .withAllocator(memory)
                .batches();
    }
}
