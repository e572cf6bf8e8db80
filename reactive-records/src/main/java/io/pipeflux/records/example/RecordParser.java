package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses records, a row each, as protobuf's specification says (protobuf.dev/programming-guides/encoding). For one
 * batch after the other, as long as none fails, and one thread at a time.
 *
 * <pre>
 *   Example         { Features features = 1; }                                      repeated: merged
 *   SequenceExample { Features context = 1; FeatureLists feature_lists = 2; }       repeated: merged
 *   Record          { map&lt;string, Value&gt; features = 1; map&lt;string, Value&gt; label = 2; }
 * </pre>
 */
final class RecordParser {

    private static final int FIRST = WireReader.tag(1, LENGTH);
    private static final int SECOND = WireReader.tag(2, LENGTH);

    private final WireReader in;
    private final ColumnWriter[] writers;
    private final Tensor[] tensors;
    private final MapParser<?> first;
    private final @Nullable MapParser<?> second;
    private final boolean mapsOfRecord; // and not of messages in it

    /**
     * A parser for records that have the first features in field 1 and the second, if there are any, in field 2.
     *
     * @param remembers whether entries like those before are taken without parsing, which gives the same, only sooner
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

    /** A batch of so many rows begins. */
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

    /** Goes on to the next row of all columns without a record. */
    void pad() {
        for (ColumnWriter writer : writers) {
            writer.emptyRow();
        }
    }

    /** The columns, when all rows have been written. */
    List<Column> finish(List<RawRecord> records) {
        in.stop();
        List<Column> columns = new ArrayList<>();
        for (ColumnWriter writer : writers) {
            writer.finish(records, columns);
        }
        return List.copyOf(columns);
    }
}
