package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses records into columns, one row per record, according to protobuf's specification
 * (protobuf.dev/programming-guides/encoding). An instance can be used for several batches in succession, until a batch
 * fails. Not thread-safe.
 *
 * <pre>{@code
 *   Example         { Features features = 1; }                                      repeated fields are merged
 *   SequenceExample { Features context = 1; FeatureLists feature_lists = 2; }       repeated fields are merged
 *   Record          { map<string, Value> features = 1; map<string, Value> label = 2; }
 * }</pre>
 */
final class RecordParser {

    private static final int FIRST = WireReader.tag(1, LENGTH);
    private static final int SECOND = WireReader.tag(2, LENGTH);

    private final WireReader in;
    private final ColumnWriter[] writers;
    private final Tensor[] tensors;
    private final MapParser<?> first;
    private final @Nullable MapParser<?> second;
    // true if the maps are fields of the record; false if they are fields of a message in the record
    private final boolean mapsOfRecord;

    /**
     * Creates a parser.
     *
     * @param sets one or two sets: the features of the record's field 1 and, optionally, the features of its field 2
     * @param remembers whether to use {@link EntryPrefixes}, which is faster and has the same result
     */
    RecordParser(List<FeatureSet> sets, boolean remembers) {
        FeatureSet one = sets.get(0);
        this.mapsOfRecord = one.location().hasTensors();
        this.in = new WireReader(one.location().message());
        List<ColumnWriter> ownWriters = new ArrayList<>();
        List<Tensor> ownTensors = new ArrayList<>();
        this.first = parser(one, remembers, ownWriters, ownTensors);
        this.second = sets.size() == 1 ? null : parser(sets.get(1), remembers, ownWriters, ownTensors);
        this.writers = ownWriters.toArray(ColumnWriter[]::new);
        this.tensors = ownTensors.toArray(Tensor[]::new);
    }

    private MapParser<?> parser(
            FeatureSet set, boolean remembers, List<ColumnWriter> writersOfAll, List<Tensor> tensorsOfAll) {
        List<ColumnWriter> all = new ArrayList<>();
        List<ValueSink> takers = new ArrayList<>();
        List<Tensor> own = new ArrayList<>();
        for (Feature feature : set.features()) {
            List<ColumnWriter> some = ColumnWriter.of(feature, set.location());
            all.addAll(some);
            some.forEach(writer -> takers.addAll(writer.sinks()));
            if (mapsOfRecord) {
                own.add(some.size() == 1 ? Tensor.dense(some.get(0)) : Tensor.sparse(some.get(1), some.get(0)));
            }
        }
        writersOfAll.addAll(all);
        if (mapsOfRecord) {
            tensorsOfAll.addAll(own);
            return new TensorParser(in, set.keys(), set.byKey(own, Tensor::all));
        }
        List<ValueSink> sinks = set.byKey(takers, FanOut::of);
        return set.location().hasSteps()
                ? new FeatureListParser(in, set.keys(), sinks)
                : new FeatureParser(in, set.keys(), sinks, remembers ? new EntryPrefixes() : null);
    }

    /** Begins a batch. */
    void start(int rows, BatchMemory memory) {
        for (ColumnWriter writer : writers) {
            writer.start(rows, memory);
        }
    }

    /** Writes the record's values to the next row of all columns. */
    void parse(RawRecord record) {
        in.start(record);
        while (in.more()) {
            int tag = in.tag();
            if (tag == FIRST) {
                map(first);
            } else if (tag == SECOND && second != null) {
                map(second);
            } else {
                in.skip(tag);
            }
        }
        for (Tensor tensor : tensors) {
            tensor.endRow(record);
        }
        for (ColumnWriter writer : writers) {
            writer.end(record);
        }
    }

    private void map(MapParser<?> parser) {
        if (mapsOfRecord) {
            parser.entry();
        } else {
            parser.message();
        }
    }

    /** Writes a row of padding to all columns. */
    void pad() {
        for (ColumnWriter writer : writers) {
            writer.emptyRow();
        }
    }

    /** Returns the columns. Must be called after all rows have been written. */
    List<Column> finish(List<RawRecord> records) {
        in.stop();
        List<Column> columns = new ArrayList<>();
        for (ColumnWriter writer : writers) {
            writer.finish(records, columns);
        }
        return List.copyOf(columns);
    }
}
