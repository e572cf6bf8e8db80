package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code tf.train.Features} (tensorflow/core/example/feature.proto) according to protobuf's specification.
 *
 * <pre>{@code
 *   Features  { map<string, Feature> feature = 1; }
 *   Feature   { oneof { BytesList = 1; FloatList = 2; Int64List = 3; } }
 *                                                         repeated lists of the same kind are joined;
 *                                                         if the kinds differ, only the last list is used
 *   BytesList { repeated bytes value = 1; }
 *   FloatList { repeated float value = 1; }               packed, unpacked, or mixed
 *   Int64List { repeated int64 value = 1; }               packed, unpacked, or mixed
 * }</pre>
 *
 * <p>Valid messages give the same values as with protobuf-java, with one exception: if a Feature contains a list of
 * one kind, then a list of a different kind, and then another list of the first kind, protobuf-java joins the first
 * list and the last list, but this class keeps only the last list.
 */
class FeatureParser extends MapParser<ValueSink> {

    private static final int BYTES_LIST = WireReader.tag(1, LENGTH);
    private static final int FLOAT_LIST = WireReader.tag(2, LENGTH);
    private static final int INT64_LIST = WireReader.tag(3, LENGTH);
    private static final int VALUES = 1;

    private final @Nullable EntryPrefixes entryPrefixes;

    FeatureParser(WireReader in, KeyTable keys, List<ValueSink> sinks, @Nullable EntryPrefixes entryPrefixes) {
        super(in, keys, sinks, new ValueSink());
        this.entryPrefixes = entryPrefixes;
    }

    @Override
    final void takeKnown() {
        if (entryPrefixes != null) {
            in.move(entryPrefixes.take(in.array(), in.position(), in.end()));
        }
    }

    @Override
    final void parsed(int begin, ValueSink sink) {
        if (entryPrefixes != null) {
            entryPrefixes.learn(in.array(), begin, in.position(), sink);
        }
    }

    @Override
    void start(ValueSink sink) {
        sink.startFeature();
    }

    @Override
    void value(ValueSink sink) {
        feature(sink);
    }

    /** Parses a feature. The reader must have entered the feature's message before this call. */
    final void feature(ValueSink sink) {
        while (in.more()) {
            int tag = in.tag();
            if (tag == BYTES_LIST) {
                list(sink, ValueKind.BYTES);
            } else if (tag == FLOAT_LIST) {
                list(sink, ValueKind.FLOAT);
            } else if (tag == INT64_LIST) {
                list(sink, ValueKind.INT64);
            } else {
                in.skip(tag);
            }
        }
    }

    private void list(ValueSink sink, ValueKind kind) {
        int outer = in.enter();
        sink.startList(kind);
        while (in.more()) {
            int tag = in.tag();
            boolean taken = kind == ValueKind.BYTES
                    ? in.bytes(tag, VALUES, sink)
                    : kind == ValueKind.FLOAT
                            ? in.floats(tag, VALUES, Float.BYTES, sink)
                            : in.integers(tag, VALUES, sink);
            if (!taken) {
                in.skip(tag);
            }
        }
        in.leave(outer);
    }
}
