package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Serialized Examples, made by hand. */
final class TestExamples {

    private TestExamples() {}

    static byte[] doubles(double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            bytes.putDouble(value);
        }
        return bytes.array();
    }

    static List<RawRecord> rows(byte[] message) {
        return List.of(record(message));
    }

    static RawRecord record(byte[] message) {
        return RawRecord.of(ByteBuffer.wrap(message));
    }

    @SafeVarargs
    static RawRecord example(Consumer<WireWriter>... entries) {
        List<Consumer<WireWriter>> all = new ArrayList<>();
        for (Consumer<WireWriter> entry : entries) {
            all.add(entry);
        }
        return example(all);
    }

    static RawRecord example(List<Consumer<WireWriter>> entries) {
        return record(WireWriter.message(example -> example.message(1, features -> {
            for (Consumer<WireWriter> entry : entries) {
                features.message(1, entry);
            }
        })));
    }

    static byte[] feature(String name, Consumer<WireWriter> value) {
        return WireWriter.message(example -> example.message(1, features -> features.raw(entry(name, value))));
    }

    static byte[] entry(String name, Consumer<WireWriter> value) {
        return WireWriter.message(
                features -> features.message(1, entry -> entry.string(1, name).message(2, value)));
    }

    static Consumer<WireWriter> list(int kind, Consumer<WireWriter> values) {
        return feature -> feature.message(kind, values);
    }

    static Consumer<WireWriter> ints(String name, long... values) {
        return entry -> entry.string(1, name)
                .message(
                        2,
                        list(
                                3,
                                out -> out.message(1, packed -> {
                                    for (long value : values) {
                                        packed.varint(value);
                                    }
                                })));
    }

    static Consumer<WireWriter> floats(String name, float... values) {
        return entry -> entry.string(1, name)
                .message(
                        2,
                        list(
                                2,
                                out -> out.message(1, packed -> {
                                    for (float value : values) {
                                        packed.fixed32(Float.floatToRawIntBits(value));
                                    }
                                })));
    }

    static Consumer<WireWriter> strings(String name, String... values) {
        return entry -> entry.string(1, name).message(2, list(1, out -> {
            for (String value : values) {
                out.string(1, value);
            }
        }));
    }

    static Consumer<WireWriter> bytes(String name, byte[] value) {
        return entry -> entry.string(1, name).message(2, list(1, out -> out.bytes(1, value)));
    }
}
