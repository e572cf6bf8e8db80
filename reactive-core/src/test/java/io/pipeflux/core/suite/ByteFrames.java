package io.pipeflux.core.suite;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.LeavesChunks;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A format for tests: a length byte and that many bytes; 255 is no legal length. */
public final class ByteFrames {

    public static final FrameFormat<RawRecord> FORMAT = FrameFormat.of("ByteFrames", Decoder::new);

    private static final class Decoder implements FrameDecoder<RawRecord>, LeavesChunks {

        @Override
        public @Nullable RawRecord decode(FrameBuffer in) {
            if (!in.ensure(1)) {
                return null;
            }
            int length = in.array()[in.position()] & 0xff;
            if (length == 255) {
                throw in.corrupt("length 255");
            }
            in.checkLength(length);
            return in.ensure(1 + length) ? in.record(1 + length, 1, length) : null;
        }
    }

    private ByteFrames() {}

    public static byte[] frames(String... payloads) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String payload : payloads) {
            byte[] payloadBytes = payload.getBytes(StandardCharsets.UTF_8);
            bytes.write(payloadBytes.length);
            bytes.writeBytes(payloadBytes);
        }
        return bytes.toByteArray();
    }

    /** Cut into chunks of a size. */
    public static List<ByteBuffer> chunks(byte[] bytes, int size) {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            chunks.add(ByteBuffer.wrap(bytes, at, Math.min(size, bytes.length - at))
                    .slice());
        }
        return chunks;
    }

    public static String text(RawRecord record) {
        return StandardCharsets.UTF_8.decode(record.bytes()).toString();
    }
}
