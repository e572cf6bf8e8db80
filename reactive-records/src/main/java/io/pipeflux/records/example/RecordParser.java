package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses records, a row each, as protobuf's specification says (protobuf.dev/programming-guides/encoding). For one batch
 * and one thread.
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
    private final List<ColumnWriter> writers = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private final MapParser<?> first;
    private final @Nullable MapParser<?> second;
    private final boolean mapsOfRecord; // and not of messages in it

    /** A parser for records that have the first features in field 1 and the second, if there are any, in field 2. */
    RecordParser(List<FeatureSet> sets, int rows) {
        FeatureSet one = sets.get(0);
        this.mapsOfRecord = one.place().hasTensors();
        this.in = new WireReader(one.place().message());
        this.first = parser(one, rows);
        this.second = sets.size() == 1 ? null : parser(sets.get(1), rows);
    }

    private MapParser<?> parser(FeatureSet set, int rows) {
        int from = writers.size();
        int fromTensor = tensors.size();
        for (Feature feature : set.features()) {
            List<ColumnWriter> some = ColumnWriter.of(feature, set.place(), rows);
            writers.addAll(some);
            if (mapsOfRecord) {
                tensors.add(some.size() == 1 ? Tensor.dense(some.get(0)) : Tensor.sparse(some.get(1), some.get(0)));
            }
        }
        if (mapsOfRecord) {
            return new TensorParser(in, set.keys(), List.copyOf(tensors.subList(fromTensor, tensors.size())));
        }
        List<ColumnWriter> own = writers.subList(from, writers.size());
        return set.place().hasSteps()
                ? new FeatureListParser(in, set.keys(), own)
                : new FeatureParser(in, set.keys(), own);
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
        for (int i = 0; i < tensors.size(); i++) {
            tensors.get(i).endRow(record);
        }
        for (int i = 0; i < writers.size(); i++) {
            writers.get(i).endRow(record);
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
        writers.forEach(ColumnWriter::emptyRow);
    }

    /** The columns, when all rows have been written. */
    List<Column> finish(List<RawRecord> records) {
        return writers.stream().map(writer -> writer.finish(records)).toList();
    }
}
