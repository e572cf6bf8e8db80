package io.pipeflux.records.arrow;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.test.Chunkings;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import reactor.core.publisher.Flux;

/** Batches with columns of every kind, and their streams. */
final class TestBatches {

    private TestBatches() {}

    /** A batch with a column of every type, of several shapes, ragged and not; the same for the same arguments. */
    static ColumnBatch everyKind(int rows, long seed) {
        Random random = new Random(seed);
        ResumePoint resume = new ResumePoint(new Position(seed, 2, 1L << 40, seed * rows), 3);
        return ColumnBatch.of(
                List.of(
                        numbers(random, "f32", DType.FLOAT32, rows),
                        numbers(random, "f64", DType.FLOAT64, rows, 3),
                        numbers(random, "i32", DType.INT32, rows, 2, 3),
                        numbers(random, "i64", DType.INT64, rows, 1),
                        numbers(random, "u8", DType.UINT8, rows, 5),
                        numbers(random, "nothing", DType.INT32, rows, 0),
                        numbers(random, "i8", DType.INT8, rows, 2),
                        numbers(random, "i16", DType.INT16, rows),
                        numbers(random, "u16", DType.UINT16, rows),
                        numbers(random, "u32", DType.UINT32, rows),
                        numbers(random, "f16", DType.FLOAT16, rows),
                        numbers(random, "bf16", DType.BFLOAT16, rows, 2),
                        numbers(random, "bool", DType.BOOL, rows, 3),
                        bytes(random, "text", rows).asUtf8(),
                        raggedNumbers(random, "rbool", DType.BOOL, rows, 1),
                        raggedBytes(random, "rtext", rows, 1).asUtf8(),
                        bytes(random, "bytes", rows),
                        bytes(random, "pairs", rows, 2),
                        raggedNumbers(random, "rf32", DType.FLOAT32, rows, 1),
                        raggedNumbers(random, "ru8", DType.UINT8, rows, 1),
                        raggedBytes(random, "rbytes", rows, 1),
                        raggedNumbers(random, "r2i16", DType.INT16, rows, 2),
                        raggedBytes(random, "r3text", rows, 3).asUtf8()),
                resume,
                rows / 3);
    }

    /** A batch of one float64 column. */
    static ColumnBatch dense(int rows, int width, long seed) {
        return ColumnBatch.of(
                List.of(numbers(new Random(seed), "data", DType.FLOAT64, rows, width)),
                new ResumePoint(new Position(0, Position.NO_OBJECT, seed, seed), 0));
    }

    static Column numbers(Random random, String name, DType dtype, int... shape) {
        int size = 1;
        for (int dimension : shape) {
            size *= dimension;
        }
        return Column.of(name, dtype, shape, random(random, dtype, size));
    }

    static Column bytes(Random random, String name, int... shape) {
        int size = 1;
        for (int dimension : shape) {
            size *= dimension;
        }
        ByteBuffer offsets = splits(random, size);
        return Column.ofBytes(name, shape, offsets, random(random, DType.BYTES, last(offsets)));
    }

    static Column raggedNumbers(Random random, String name, DType dtype, int rows, int levels) {
        List<ByteBuffer> splits = splits(random, rows, levels);
        return Column.ragged(name, dtype, splits, random(random, dtype, last(splits.get(levels - 1))));
    }

    static Column raggedBytes(Random random, String name, int rows, int levels) {
        List<ByteBuffer> splits = splits(random, rows, levels);
        ByteBuffer offsets = splits(random, last(splits.get(levels - 1)));
        return Column.raggedBytes(name, splits, offsets, random(random, DType.BYTES, last(offsets)));
    }

    private static List<ByteBuffer> splits(Random random, int rows, int levels) {
        List<ByteBuffer> all = new ArrayList<>();
        for (int level = 0; level < levels; level++) {
            all.add(splits(random, level == 0 ? rows : last(all.get(level - 1))));
        }
        return all;
    }

    private static ByteBuffer splits(Random random, int count) {
        ByteBuffer splits = ByteBuffer.allocate((count + 1) * 4).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        splits.putInt(at);
        for (int i = 0; i < count; i++) {
            at += random.nextInt(5);
            splits.putInt(at);
        }
        return splits.flip();
    }

    private static int last(ByteBuffer splits) {
        return splits.order(ByteOrder.LITTLE_ENDIAN).getInt(splits.limit() - 4);
    }

    /** Values; byte strings in ASCII. */
    private static ByteBuffer random(Random random, DType dtype, int count) {
        byte[] bytes = new byte[count * Math.max(1, dtype.bytes())];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] &= (byte) (dtype == DType.BOOL ? 1 : dtype.hasOffsets() ? 0x7F : 0xFF);
        }
        return ByteBuffer.wrap(bytes);
    }

    /** The bytes of the stream of these batches. */
    static byte[] stream(ColumnBatch... batches) {
        return join(Flux.just(batches).transform(ArrowStreams.encode()));
    }

    static byte[] join(Flux<ByteBuffer> chunks) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        chunks.toIterable(1).forEach(chunk -> {
            byte[] copy = new byte[chunk.remaining()];
            chunk.get(copy);
            bytes.writeBytes(copy);
        });
        return bytes.toByteArray();
    }

    /** The batches of the stream with these bytes. */
    static List<ColumnBatch> batches(byte[] stream) {
        return decode(Chunkings.ofSize(stream, Math.max(1, stream.length)).bytes());
    }

    static List<ColumnBatch> decode(Flux<ByteBuffer> bytes) {
        return bytes.transform(ArrowStreams.decode()).collectList().block();
    }
}
