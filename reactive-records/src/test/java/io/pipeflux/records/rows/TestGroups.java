package io.pipeflux.records.rows;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.records.recordio.RecordIo;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Flux;

/** Groups of RecordIO records: image i and its class. */
final class TestGroups {

    private TestGroups() {}

    static byte[] part(int kind, String payload) {
        byte[] bytes = payload.getBytes(UTF_8);
        return ByteBuffer.allocate(8 + (bytes.length + 3) / 4 * 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0xced7230a)
                .putInt(kind << 29 | bytes.length)
                .put(bytes)
                .array();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    static byte[] image(int i) {
        byte[] image = new byte[i % 50];
        Arrays.fill(image, (byte) i);
        return image;
    }

    static List<byte[]> records(int rows) {
        List<byte[]> records = new java.util.ArrayList<>();
        for (int i = 0; i < rows; i++) {
            records.add(image(i));
            records.add(Integer.toString(i).getBytes(UTF_8));
        }
        return records;
    }

    static byte[] wrapped(List<byte[]> records) {
        return join(Flux.fromIterable(records)
                .map(ByteBuffer::wrap)
                .transform(RecordIo.encode())
                .map(ByteBuffer::array)
                .collectList()
                .block()
                .toArray(byte[][]::new));
    }
}
