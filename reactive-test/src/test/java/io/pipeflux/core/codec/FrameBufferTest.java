package io.pipeflux.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.test.Chunking;
import io.pipeflux.test.Chunkings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

class FrameBufferTest {

    private static final byte LF = '\n';

    @Test
    void findsAByteWhereverItStandsAndHoweverTheBytesAreCut() {
        byte[] bytes = "ab\n\nsome words\u00ff\u000b\u008a\nand no more".getBytes(StandardCharsets.ISO_8859_1);
        Chunkings.of(bytes).forEach(chunking -> {
            FrameBuffer buffer = filled(chunking);
            for (int from = 0; from <= bytes.length + 1; from++) {
                assertThat(buffer.indexOf(LF, from))
                        .as("%s from %s", chunking, from)
                        .isEqualTo(indexOf(bytes, LF, from));
            }
            assertThat(buffer.available()).isEqualTo(bytes.length);
        });
    }

    @Test
    void findsEveryByteValueAmongRandomBytes() {
        byte[] bytes = new byte[5000];
        new Random(1).nextBytes(bytes);
        FrameBuffer buffer = filled(Chunkings.ofSize(bytes, 1300));
        for (int value = 0; value < 256; value++) {
            for (int from : new int[] {0, 1, 1299, 1300, 1301, 4000}) {
                assertThat(buffer.indexOf((byte) value, from)).isEqualTo(indexOf(bytes, (byte) value, from));
            }
        }
    }

    @Test
    void countsFromTheFirstUnreadByte() {
        FrameBuffer buffer = filled(Chunkings.ofSize("ab\ncd\nef".getBytes(StandardCharsets.US_ASCII), 3));
        buffer.ensure(3);
        buffer.skip(3);
        assertThat(buffer.indexOf(LF, 0)).isEqualTo(2);
        buffer.ensure(3);
        buffer.skip(3);
        assertThat(buffer.indexOf(LF, 0)).isEqualTo(-1);
        assertThatThrownBy(() -> buffer.indexOf(LF, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }

    @Test
    void theBytesBeforeFromAreNotRead() {
        // 200,000 small chunks: minutes, if each call began at the first byte
        FrameBuffer buffer = empty();
        for (long searched = 0; searched < 200_000L * 64; searched = buffer.available()) {
            buffer.append(ByteBuffer.allocate(64));
            assertThat(buffer.indexOf(LF, searched)).isEqualTo(-1);
        }
    }

    @Test
    void aRecordIsJoinedFromPiecesAsTheyArrive() {
        byte[] bytes = new byte[20_000];
        new Random(2).nextBytes(bytes);
        Chunkings.few(bytes).forEach(chunking -> {
            FrameBuffer buffer = empty();
            buffer.append(ByteBuffer.wrap(new byte[5]));
            buffer.ensure(5);
            buffer.skip(5);
            buffer.begin();
            long missing = bytes.length;
            for (ByteBuffer chunk : chunking.chunks()) {
                buffer.append(chunk.duplicate());
                missing = buffer.join(missing);
                assertThat(buffer.available()).isZero();
            }
            assertThat(missing).isZero();
            buffer.join(new byte[] {1, 2});

            RawRecord record = buffer.joined();

            byte[] expected = Arrays.copyOf(bytes, bytes.length + 2);
            expected[bytes.length] = 1;
            expected[bytes.length + 1] = 2;
            assertThat(record.toByteArray()).as(chunking.name()).isEqualTo(expected);
            assertThat(record.position().byteOffset()).isEqualTo(5);
            assertThat(record.resumeAt().position().byteOffset()).isEqualTo(5 + bytes.length);
            assertThat(buffer.truncation()).isNull();
        });
    }

    @Test
    void aFrameThatWasBegunIsTruncatedThoughNoByteIsUnread() {
        FrameBuffer buffer = empty();
        buffer.append(ByteBuffer.wrap(new byte[] {9, 1, 2}));
        buffer.ensure(1);
        buffer.skip(1);
        buffer.begin();
        assertThat(buffer.join(5)).isEqualTo(3);

        assertThat(buffer.truncation())
                .isInstanceOf(TruncatedInputException.class)
                .hasMessageContaining("the input ended after 2 of 5 bytes (test, epoch 0, byte 1, record 0)");
        assertThat(buffer.corrupt("wrong")).hasMessageContaining("byte 1, record 0");
    }

    private static FrameBuffer filled(Chunking chunking) {
        FrameBuffer buffer = empty();
        chunking.chunks().forEach(chunk -> buffer.append(chunk.duplicate()));
        return buffer;
    }

    private static FrameBuffer empty() {
        return new FrameBuffer(
                ByteFrames.FORMAT,
                RecordOrigin.of(() -> "test", 0, -1),
                StreamStart.ofBeginning(null, Pass.current(Context.empty())));
    }

    private static long indexOf(byte[] bytes, byte value, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == value) {
                return i;
            }
        }
        return -1;
    }
}
