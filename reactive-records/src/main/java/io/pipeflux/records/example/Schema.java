package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.internal.BatchMemory;
import io.pipeflux.records.internal.BatchParsing;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.Collector;

/**
 * Which features the records of a channel have to have, each a serialized {@code tf.train.Example}, and how they become
 * columns. Also for {@code tf.train.SequenceExample} ({@link #ofSequences}) and for the records of SageMaker's own
 * algorithms, known as recordio-protobuf ({@link #ofTensors}).
 *
 * <pre>{@code
 * Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
 * Flux<ColumnBatch> batches = records.transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>Records are parsed from the wire straight into columns; no messages are made of them. All that is legal protobuf
 * is accepted: fields in any order, packed and unpacked lists mixed, in pieces, unknown fields; the last of several
 * features of one name counts; features that are not in the schema are checked and ignored. What is not legal, keys
 * that are not UTF-8 among it as in all proto3 strings, is a {@link io.pipeflux.core.CorruptRecordException}; a legal
 * record that does not fit is a {@link io.pipeflux.core.SchemaMismatchException}, in the words of TensorFlow's {@code
 * parse_example} where it has words for it. Both say which record it was. Immutable; may be used by several threads.
 */
public final class Schema {

    private final List<FeatureSet> sets;
    private final boolean remembers;
    private final BatchParsing<RawRecord> parsing;
    private final Deque<RecordParser> idle = new ConcurrentLinkedDeque<>(); // they know what records look like

    private Schema(FeatureSet... sets) {
        this(List.of(sets), true, ColumnAllocator.heap());
    }

    private Schema(List<FeatureSet> sets, boolean remembers, ColumnAllocator allocator) {
        this.sets = sets;
        this.remembers = remembers;
        this.parsing = BatchParsing.of(allocator, RawRecord::resumeAt, this::columns);
        Set<String> columns = new HashSet<>();
        sets.stream().flatMap(FeatureSet::columns).forEach(name -> {
            if (!columns.add(name)) {
                throw new IllegalArgumentException("two columns have the name \"" + name
                        + "\": a feature may have another name than its key, see Feature.from");
            }
        });
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("a schema has at least one feature");
        }
    }

    /**
     * A schema for {@code tf.train.Example}.
     *
     * @param features at least one, no name twice; columns come in their order
     */
    public static Schema of(Feature... features) {
        return new Schema(new FeatureSet(FeatureLocation.EXAMPLE, List.of(features)));
    }

    /**
     * A schema for {@code tf.train.SequenceExample}: features of the whole sequence, and features of its steps.
     *
     * <p>A feature list with a feature of fixed length becomes a ragged column, with the values of all its steps in
     * each row: of {@code Feature.float32("x", 3)}, three for each step. It must be there, but may have no steps. With
     * a padded feature it becomes a column {@code [rows, longest, ...]}, and may be missing. With a ragged feature,
     * whose steps have lengths of their own, it becomes a column that is ragged in two levels, {@code [rows, -1, -1]},
     * and may be missing. Other features, and default values, are for the context only.
     *
     * @param context features as of an {@code Example}; may be none
     * @param featureLists features of steps; may be none if the context has one
     */
    public static Schema ofSequences(List<Feature> context, List<Feature> featureLists) {
        return new Schema(
                new FeatureSet(FeatureLocation.CONTEXT, context),
                new FeatureSet(FeatureLocation.FEATURE_LISTS, featureLists));
    }

    /**
     * A schema for {@code aialgs.data.Record}, the records of SageMaker's own algorithms. Where they have one feature
     * or one label, its name is {@code values}. The columns of labels are named {@code label_} and their name.
     *
     * <pre>{@code
     * Schema.ofTensors(List.of(Feature.float32("values", 784)), List.of(Feature.float32("values")))
     * }</pre>
     *
     * <p>A feature of fixed length, or a ragged one, refuses sparse tensors; a sparse feature refuses dense ones. A
     * shape in the record must have as many values as the feature, whatever its dimensions.
     *
     * @param features of {@code float32}, {@code float64}, {@code int32} or {@code bytes}, fixed, ragged or sparse; may
     *     be none
     * @param labels the same; may be none if there is a feature
     */
    public static Schema ofTensors(List<Feature> features, List<Feature> labels) {
        return new Schema(
                new FeatureSet(FeatureLocation.FEATURES, features), new FeatureSet(FeatureLocation.LABEL, labels));
    }

    /**
     * The same schema, whose columns have other memory.
     *
     * @param allocator where the memory of columns comes from. Defaults to {@link ColumnAllocator#heap}
     */
    public Schema withAllocator(ColumnAllocator allocator) {
        return new Schema(sets, remembers, allocator);
    }

    /** Makes a batch of records: the collector for {@code mapAndBatch}, of any number of records but none. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Makes batches of one size: fills a last, smaller one with rows of no record, which {@link
     * ColumnBatch#paddedRows} counts. They have the features' default values or padding; without them 0 and empty byte
     * strings, and where rows may have no values, none.
     *
     * @param size the rows of a batch, the same that {@code mapAndBatch} gets; more records are refused
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Makes a batch of records, row by row in their order.
     *
     * @param records at least one
     * @throws IllegalArgumentException if there is none, or a column would take more than 2 GiB
     */
    public ColumnBatch parse(List<RawRecord> records) {
        return parsing.parse(records);
    }

    /** The same schema, which parses every record as if it were the first: slower, to compare with. */
    Schema forgetful() {
        return new Schema(sets, false, parsing.allocator());
    }

    private List<Column> columns(List<RawRecord> records, int rows, BatchMemory memory) {
        RecordParser known = idle.pollFirst();
        RecordParser parser = known == null ? new RecordParser(sets, remembers) : known;
        parser.start(rows, memory);
        for (RawRecord record : records) {
            parser.parse(record);
        }
        for (int i = records.size(); i < rows; i++) {
            parser.pad();
        }
        List<Column> columns = parser.finish(records);
        idle.addFirst(parser); // one that has failed is in no state to go on
        return columns;
    }

    /** The features: {@code Schema[data FLOAT64[1024], labels INT64[]]}. */
    @Override
    public String toString() {
        return "Schema" + sets.stream().flatMap(set -> set.features().stream()).toList();
    }
}
