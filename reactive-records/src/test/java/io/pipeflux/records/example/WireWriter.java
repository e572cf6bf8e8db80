package io.pipeflux.records.example;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Writes protobuf's wire format field by field, legal or not. */
final class WireWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static byte[] message(Consumer<WireWriter> fields) {
        WireWriter writer = new WireWriter();
        fields.accept(writer);
        return writer.toByteArray();
    }

    WireWriter varint(long value) {
        return varint(value, 1);
    }

    /** A varint of at least so many bytes: more than needed are legal up to 10. */
    WireWriter varint(long value, int bytes) {
        long left = value;
        for (int i = 1; i < bytes || (left & ~0x7FL) != 0; i++) {
            out.write((int) (left & 0x7F | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
        return this;
    }

    WireWriter tag(int number, int type) {
        return varint(WireReader.tag(number, type));
    }

    WireWriter raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    WireWriter bytes(int number, byte[] value) {
        return tag(number, WireReader.LENGTH).varint(value.length).raw(value);
    }

    WireWriter string(int number, String value) {
        return bytes(number, value.getBytes(StandardCharsets.UTF_8));
    }

    WireWriter message(int number, Consumer<WireWriter> fields) {
        return bytes(number, message(fields));
    }

    WireWriter fixed32(int value) {
        return raw(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, value)
                .array());
    }

    WireWriter fixed64(long value) {
        return raw(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, value)
                .array());
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
