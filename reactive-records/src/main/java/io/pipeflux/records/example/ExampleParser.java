package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.FIXED32;
import static io.pipeflux.records.example.WireReader.LENGTH;
import static io.pipeflux.records.example.WireReader.VARINT;

import io.pipeflux.core.RawRecord;

/**
 * Parses serialized {@code tf.train.Example}s (tensorflow/core/example/example.proto), a row each, as protobuf's
 * specification says (protobuf.dev/programming-guides/encoding). For one batch and one thread.
 *
 * <pre>
 *   Example   { Features features = 1; }                  repeated: merged
 *   Features  { map&lt;string, Feature&gt; feature = 1; }       a key repeated: the last entry counts
 *   entry     { string key = 1; Feature value = 2; }      any order, key repeated: the last, value repeated: merged
 *   Feature   { oneof { BytesList = 1; FloatList = 2; Int64List = 3; } }
 *                                                         repeated: joined to the one before if of one kind, else the last
 *   BytesList { repeated bytes value = 1; }
 *   FloatList { repeated float value = 1; }               packed, unpacked, or mixed
 *   Int64List { repeated int64 value = 1; }               packed, unpacked, or mixed
 * </pre>
 *
 * <p>protobuf-java reads legal messages the same, but for a Feature with a list of one kind, then of another, then of the
 * first: it joins the last to the first.
 */
final class ExampleParser {

    private static final int FEATURES = WireReader.tag(1, LENGTH);
    private static final int FEATURE = WireReader.tag(1, LENGTH);
    private static final int KEY = WireReader.tag(1, LENGTH);
    private static final int VALUE = WireReader.tag(2, LENGTH);
    private static final int BYTES_LIST = WireReader.tag(1, LENGTH);
    private static final int FLOAT_LIST = WireReader.tag(2, LENGTH);
    private static final int INT64_LIST = WireReader.tag(3, LENGTH);
    private static final int BYTES = WireReader.tag(1, LENGTH);
    private static final int PACKED = WireReader.tag(1, LENGTH);
    private static final int FLOAT = WireReader.tag(1, FIXED32);
    private static final int INT64 = WireReader.tag(1, VARINT);

    private final KeyTable keys;
    private final ColumnWriter[] writers; // by the indexes of keys
    private final ValueSink ignored = new ValueSink();
    private final WireReader in = new WireReader();

    ExampleParser(KeyTable keys, ColumnWriter[] writers) {
        this.keys = keys;
        this.writers = writers;
    }

    /** Writes the record's values to the next row of all columns. */
    void parse(RawRecord record) {
        in.start(record);
        while (in.more()) {
            int tag = in.tag();
            if (tag == FEATURES) {
                int outer = in.enter();
                features();
                in.leave(outer);
            } else {
                in.skip(tag);
            }
        }
        for (ColumnWriter writer : writers) {
            writer.endRow(record);
        }
    }

    private void features() {
        while (in.more()) {
            int tag = in.tag();
            if (tag == FEATURE) {
                int outer = in.enter();
                entry();
                in.leave(outer);
            } else {
                in.skip(tag);
            }
        }
    }

    private void entry() {
        int begin = in.position();
        ValueSink sink = sinkOfLastKey();
        in.back(begin);
        in.reading(sink.name());
        sink.startFeature();
        while (in.more()) {
            int tag = in.tag();
            if (tag == VALUE) {
                int outer = in.enter();
                feature(sink);
                in.leave(outer);
            } else {
                in.skip(tag);
            }
        }
        in.reading(null);
    }

    /** Looks through an entry for its key, which need not come first. */
    private ValueSink sinkOfLastKey() {
        int from = in.position(); // no key is the empty key
        int to = from;
        while (in.more()) {
            int tag = in.tag();
            if (tag == KEY) {
                int length = in.length();
                from = in.position();
                to = from + length;
                if (!Utf8.isLegal(in.array(), from, to)) {
                    throw in.corrupt("a feature's name is not UTF-8");
                }
                in.advance(length);
            } else {
                in.skip(tag);
            }
        }
        int index = keys.find(in.array(), from, to);
        return index < 0 ? ignored : writers[index];
    }

    private void feature(ValueSink sink) {
        while (in.more()) {
            int tag = in.tag();
            if (tag == BYTES_LIST) {
                int outer = in.enter();
                bytesList(sink);
                in.leave(outer);
            } else if (tag == FLOAT_LIST) {
                int outer = in.enter();
                floatList(sink);
                in.leave(outer);
            } else if (tag == INT64_LIST) {
                int outer = in.enter();
                int64List(sink);
                in.leave(outer);
            } else {
                in.skip(tag);
            }
        }
    }

    private void bytesList(ValueSink sink) {
        sink.startList(ValueKind.BYTES);
        while (in.more()) {
            int tag = in.tag();
            if (tag == BYTES) {
                int lengthAt = in.position();
                int length = in.length();
                sink.bytes(in.array(), lengthAt, in.position(), length);
                in.advance(length);
            } else {
                in.skip(tag);
            }
        }
    }

    private void floatList(ValueSink sink) {
        sink.startList(ValueKind.FLOAT);
        while (in.more()) {
            int tag = in.tag();
            if (tag == PACKED) {
                floats(sink, in.length());
            } else if (tag == FLOAT) {
                floats(sink, Float.BYTES);
            } else {
                in.skip(tag);
            }
        }
    }

    private void floats(ValueSink sink, int bytes) {
        if (bytes % Float.BYTES != 0) {
            throw in.corrupt("a packed list of floats has " + bytes + " bytes");
        }
        int at = in.position();
        in.advance(bytes);
        sink.floats(in.array(), at, bytes / Float.BYTES);
    }

    private void int64List(ValueSink sink) {
        sink.startList(ValueKind.INT64);
        while (in.more()) {
            int tag = in.tag();
            if (tag == PACKED) {
                int outer = in.enter();
                while (in.more()) {
                    sink.int64(in.varint());
                }
                in.leave(outer);
            } else if (tag == INT64) {
                sink.int64(in.varint());
            } else {
                in.skip(tag);
            }
        }
    }
}
