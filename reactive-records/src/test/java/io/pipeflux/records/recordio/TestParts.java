package io.pipeflux.records.recordio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** RecordIO parts, made by hand. */
final class TestParts {

    private TestParts() {}

    static byte[] part(int kind, String payload) {
        return part(kind, payload.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] part(int kind, byte[] payload) {
        return ByteBuffer.allocate(8 + (payload.length + 3) / 4 * 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0xced7230a)
                .putInt(kind << 29 | payload.length)
                .put(payload)
                .array();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }
}
