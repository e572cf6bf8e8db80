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
 * Describes the features of records, and how these features become columns. Each record is a serialized {@code
 * tf.train.Example}, a {@code tf.train.SequenceExample} ({@link #ofSequences}), or a record of SageMaker's own
 * algorithms, known as recordio-protobuf ({@link #ofTensors}).
 *
 * <pre>{@code
 * Schema schema = Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
 * Flux<ColumnBatch> batches = records.transform(mapAndBatch(64, 2, schema.batches()));
 * }</pre>
 *
 * <p>Records are parsed directly from the wire into columns, without creating message objects. Every valid protobuf
 * encoding is accepted, including fields in any order, lists in several pieces, a mix of packed and unpacked lists, and
 * unknown fields. If a record has several features with the same name, only the last one is used. Features that are not
 * in the schema are checked for valid encoding, but otherwise ignored.
 *
 * <p>Bytes that are not valid protobuf cause a {@link io.pipeflux.core.CorruptRecordException}. The same applies to
 * keys that are not valid UTF-8, because proto3 requires all strings to be valid UTF-8. A valid record that does not
 * fit the schema causes a {@link io.pipeflux.core.SchemaMismatchException}. If TensorFlow's {@code parse_example} has
 * an error message for the same case, the exception has this message. Both exceptions contain the record's position.
 * Instances are immutable and thread-safe.
 */
public final class Schema {

    private final List<FeatureSet> sets;
    private final boolean remembers;
    private final BatchParsing<RawRecord> parsing;
    // parsers are reused because they remember entry prefixes
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
     * @param features at least one feature, all with different names. The columns are in the order of the features
     */
    public static Schema of(Feature... features) {
        return new Schema(new FeatureSet(FeatureLocation.EXAMPLE, List.of(features)));
    }

    /**
     * Returns a schema for {@code tf.train.SequenceExample}. It has features of the whole sequence, called the context,
     * and features of the sequence's steps, called feature lists.
     *
     * <p>The column of a feature list depends on the feature's layout:
     * <ul>
     *   <li>A feature of fixed length becomes a ragged column, in which each row contains the values of all steps. For
     *       example, {@code Feature.float32("x", 3)} has three values per step. Each record must have the feature list,
     *       but the feature list may have no steps.
     *   <li>A padded feature becomes a column of shape {@code [rows, longest, ...]}. The feature list may be missing.
     *   <li>A ragged feature, for steps of varying length, becomes a column that is ragged in two levels, with the
     *       shape {@code [rows, -1, -1]}. The feature list may be missing.
     * </ul>
     * Other features, and features with defaults, are permitted only in the context.
     *
     * @param context the features of the context, as for an {@code Example}; may be empty
     * @param featureLists the features of the steps; may be empty if the context has a feature
     */
    public static Schema ofSequences(List<Feature> context, List<Feature> featureLists) {
        return new Schema(
                new FeatureSet(FeatureLocation.CONTEXT, context),
                new FeatureSet(FeatureLocation.FEATURE_LISTS, featureLists));
    }

    /**
     * Returns a schema for {@code aialgs.data.Record}, the records of SageMaker's own algorithms. If such a record has
     * only one feature, this feature is named {@code values}. The same applies to labels. The column of a label has the
     * label's name with the prefix {@code label_}.
     *
     * <pre>{@code
     * Schema.ofTensors(List.of(Feature.float32("values", 784)), List.of(Feature.float32("values")))
     * }</pre>
     *
     * <p>A sparse feature requires sparse tensors. Features of fixed length and ragged features require dense tensors.
     * If a tensor in the record has a shape, the product of its dimensions must be the number of values of the feature.
     * The number of dimensions does not matter.
     *
     * @param features the features, of type {@code float32}, {@code float64}, {@code int32} or {@code bytes}, and of
     *     fixed length, ragged or sparse; may be empty
     * @param labels the labels, of the same kinds as features; may be empty if there is a feature
     */
    public static Schema ofTensors(List<Feature> features, List<Feature> labels) {
        return new Schema(
                new FeatureSet(FeatureLocation.FEATURES, features), new FeatureSet(FeatureLocation.LABEL, labels));
    }

    /**
     * Returns a copy of this schema with a different allocator.
     *
     * @param allocator the allocator of the columns' memory. Defaults to {@link ColumnAllocator#heap}
     */
    public Schema withAllocator(ColumnAllocator allocator) {
        return new Schema(sets, remembers, allocator);
    }

    /** Returns the collector that builds a batch from one or more records, for use with {@code mapAndBatch}. */
    public Collector<RawRecord, ?, ColumnBatch> batches() {
        return parsing.batches();
    }

    /**
     * Returns the collector that builds batches of a fixed size, for use with {@code mapAndBatch}. If too few records
     * remain for the last batch, padded rows are added at its end, and {@link ColumnBatch#paddedRows} returns the
     * number of these rows. In a column whose rows may be empty, a padded row is empty. In any other column, a padded
     * row contains the feature's default or padding if there is one, otherwise 0 or empty byte strings.
     *
     * @param size the number of rows per batch, which must be the batch size passed to {@code mapAndBatch}. A batch
     *     with more records than this is an error
     */
    public Collector<RawRecord, ?, ColumnBatch> batches(int size) {
        return parsing.batches(size);
    }

    /**
     * Builds a batch with one row per record, in the order of the list.
     *
     * @param records at least one record
     * @throws IllegalArgumentException if the list is empty, or if a column would need more than 2 GiB
     */
    public ColumnBatch parse(List<RawRecord> records) {
        return parsing.parse(records);
    }

    /**
     * Returns a copy of this schema that does not use {@link EntryPrefixes}, so that every entry is parsed. Tests use
     * the copy for comparison.
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
        idle.addFirst(parser); // only a parser that has not failed is reused
        return columns;
    }

    /** Returns a list of the features, such as {@code Schema[data FLOAT64[1024], labels INT64[]]}. */
    @Override
    public String toString() {
        return "Schema" + sets.stream().flatMap(set -> set.features().stream()).toList();
    }
}
