package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collector;

/**
 * Which features the records of a channel have to have, each a serialized {@code tf.train.Example}, and how they become
 * columns.
 *
 * <pre>{@code
 * Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
 * Flux<ColumnBatch> batches = records.transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>Records are parsed from the wire straight into columns; no messages are made of them. All that is legal protobuf is
 * accepted: fields in any order, packed and unpacked lists mixed, in pieces, unknown fields; the last of several features
 * of one name counts; features that are not in the schema are checked and ignored. What is not legal, keys that are not
 * UTF-8 among it as in all proto3 strings, is a {@link io.pipeflux.core.CorruptRecordException}; a legal record that does
 * not fit is a {@link io.pipeflux.core.SchemaMismatchException}, in the words of TensorFlow's {@code parse_example}. Both
 * say which record it was. Immutable; may be used by several threads.
 */
public final class Schema {

    private final List<Feature> features;
    private final KeyTable keys;

    private Schema(List<Feature> features) {
        this.features = features;
        this.keys = new KeyTable(features.stream().map(Feature::name).toList());
    }

    /**
     * A schema.
     *
     * @param features at least one, no name twice; columns come in their order
     */
    public static Schema of(Feature... features) {
        if (features.length == 0) {
            throw new IllegalArgumentException("a schema has at least one feature");
        }
        return new Schema(List.of(features));
    }

    /** Makes a batch of records: the collector for {@code mapAndBatch}, of any number of records but none. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return Collector.of(ArrayList<RawRecord>::new, List::add, Schema::joined, this::parse);
    }

    /**
     * Makes a batch of records, row by row in their order.
     *
     * @param records at least one
     * @throws IllegalArgumentException if there is none, or a column would take more than 2 GiB
     */
    public ColumnBatch parse(List<RawRecord> records) {
        if (records.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one record");
        }
        ColumnWriter[] writers = features.stream()
                .map(feature -> ColumnWriter.of(feature, records.size()))
                .toArray(ColumnWriter[]::new);
        ExampleParser parser = new ExampleParser(keys, writers);
        records.forEach(parser::parse);
        return ColumnBatch.of(
                List.of(writers).stream().map(writer -> writer.finish(records)).toList(),
                records.get(records.size() - 1).resumeAt());
    }

    private static List<RawRecord> joined(List<RawRecord> first, List<RawRecord> second) {
        first.addAll(second);
        return first;
    }

    /** The features: {@code Schema[data FLOAT64[1024], labels INT64[]]}. */
    @Override
    public String toString() {
        return "Schema" + features;
    }
}
