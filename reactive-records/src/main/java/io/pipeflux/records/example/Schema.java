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
 * Describes the features of records and how they become columns. Each record is a serialized {@code tf.train.Example},
 * a {@code tf.train.SequenceExample} ({@link #ofSequences}), or a record of SageMaker's own algorithms, known as
 * recordio-protobuf ({@link #ofTensors}).
 *
 * <pre>{@code
 * Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
 * Flux<ColumnBatch> batches = records.transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>Records are parsed from the wire directly into columns, without creating message objects. All valid protobuf is
 * accepted, including fields in any order, lists in several pieces, a mix of packed and unpacked lists, and unknown
 * fields. If a record has several features with the same name, the last one counts. Features that are not in the schema
 * are checked and ignored.
 *
 * <p>Bytes that are not valid protobuf cause a {@link io.pipeflux.core.CorruptRecordException}. As for all strings of
 * proto3, keys must be valid UTF-8. A valid record that does not fit the schema causes a {@link
 * io.pipeflux.core.SchemaMismatchException}. Its message is that of TensorFlow's {@code parse_example}, if there is one
 * for the case. Both exceptions have the record's position. Immutable; can be used by several threads.
 */
public final class Schema {

    private final List<FeatureSet> sets;
    private final boolean remembers;
    private final BatchParsing<RawRecord> parsing;
    // reused, because they remember entry prefixes
    private final Deque<RecordParser> idle = new ConcurrentLinkedDeque<>();

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
     * Returns a schema for {@code tf.train.Example}.
     *
     * @param features at least one feature, all with different names. The columns have the same order
     */
    public static Schema of(Feature... features) {
        return new Schema(new FeatureSet(FeatureLocation.EXAMPLE, List.of(features)));
    }

    /**
     * Returns a schema for {@code tf.train.SequenceExample}, with features of the whole sequence and features of its
     * steps.
     *
     * <p>The column of a feature list depends on the feature's layout:
     * <ul>
     *   <li>Fixed length: a ragged column, in which each row has the values of all steps. For example, {@code
     *       Feature.float32("x", 3)} has three values per step. A record must have the feature list, which may have no
     *       steps.
     *   <li>Padded: a column {@code [rows, longest, ...]}. The feature list may be missing.
     *   <li>Ragged, for steps of varying length: a column that is ragged in two levels, {@code [rows, -1, -1]}. The
     *       feature list may be missing.
     * </ul>
     * Only the context can have other features and default values.
     *
     * @param context features as for an {@code Example}; may be empty
     * @param featureLists features of steps; may be empty if the context has a feature
     */
    public static Schema ofSequences(List<Feature> context, List<Feature> featureLists) {
        return new Schema(
                new FeatureSet(FeatureLocation.CONTEXT, context),
                new FeatureSet(FeatureLocation.FEATURE_LISTS, featureLists));
    }

    /**
     * Returns a schema for {@code aialgs.data.Record}, the records of SageMaker's own algorithms. If such a record has
     * a single feature or a single label, its name is {@code values}. The column of a label has the prefix {@code
     * label_} before its name.
     *
     * <pre>{@code
     * Schema.ofTensors(List.of(Feature.float32("values", 784)), List.of(Feature.float32("values")))
     * }</pre>
     *
     * <p>A sparse feature needs sparse tensors. Features of fixed length and ragged features need dense tensors. If the
     * record contains a shape, the shape must have as many values as the feature. The number of dimensions does not
     * matter.
     *
     * @param features features of type {@code float32}, {@code float64}, {@code int32} or {@code bytes}, of fixed
     *     length, ragged or sparse; may be empty
     * @param labels labels of the same kinds; may be empty if there is a feature
     */
    public static Schema ofTensors(List<Feature> features, List<Feature> labels) {
        return new Schema(
                new FeatureSet(FeatureLocation.FEATURES, features), new FeatureSet(FeatureLocation.LABEL, labels));
    }

    /**
     * Returns the same schema with a different allocator.
     *
     * @param allocator the allocator of the columns' memory. Defaults to {@link ColumnAllocator#heap}
     */
    public Schema withAllocator(ColumnAllocator allocator) {
        return new Schema(sets, remembers, allocator);
    }

    /** Returns the collector for {@code mapAndBatch} that builds a batch of at least one record. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Returns the collector for {@code mapAndBatch} that builds batches of one size. If the last batch is smaller, it
     * is padded with rows, and {@link ColumnBatch#paddedRows} returns their number. In columns whose rows may be empty,
     * a padded row is empty. In other columns it has the feature's default or padding, or 0 or empty byte strings if
     * the feature has neither.
     *
     * @param size the number of rows of a batch, the same as for {@code mapAndBatch}. More records are an error
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Builds a batch of records, one row per record, in the order of the list.
     *
     * @param records at least one record
     * @throws IllegalArgumentException if the list is empty, or a column would take more than 2 GiB
     */
    public ColumnBatch parse(List<RawRecord> records) {
        return parsing.parse(records);
    }

    /**
     * Returns the same schema without {@link EntryPrefixes}, so that every entry is parsed. For comparisons in tests.
     */
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
        idle.addFirst(parser); // a parser that has failed is not reused
        return columns;
    }

    /** Returns the features, such as {@code Schema[data FLOAT64[1024], labels INT64[]]}. */
    @Override
    public String toString() {
        return "Schema" + sets.stream().flatMap(set -> set.features().stream()).toList();
    }
}
