package io.pipeflux.tensorflow;

import com.google.protobuf.ByteString;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Examples, and batches with the memory of an allocator. */
final class TestBatches {

    /** The values of a row. */
    static final int WIDTH = 16;

    private TestBatches() {}

    /** Returns rows of {@code data}, {@code labels}, {@code ids} of another number in each row, and {@code words}. */
    static List<RawRecord> records(int first, int rows) {
        return IntStream.range(first, first + rows)
                .mapToObj(TestBatches::record)
                .toList();
    }

    private static RawRecord record(int row) {
        ByteBuffer data = ByteBuffer.allocate(WIDTH * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.range(0, WIDTH).forEach(i -> data.putDouble(value(row, i)));
        Int64List.Builder ids = Int64List.newBuilder();
        IntStream.range(0, row % 4).forEach(i -> ids.addValue(row * 10L + i));
        Example example = Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature("data", bytes(ByteString.copyFrom(data.flip())))
                        .putFeature("labels", ints(Int64List.newBuilder().addValue(row)))
                        .putFeature("ids", ints(ids))
                        .putFeature("words", bytes(ByteString.copyFromUtf8("w\u00fc" + row), ByteString.EMPTY)))
                .build();
        return RawRecord.of(example.toByteString().asReadOnlyByteBuffer());
    }

    static double value(int row, int i) {
        return row + i / 32.0;
    }

    private static Feature bytes(ByteString... values) {
        return Feature.newBuilder()
                .setBytesList(BytesList.newBuilder().addAllValue(List.of(values)))
                .build();
    }

    private static Feature ints(Int64List.Builder values) {
        return Feature.newBuilder().setInt64List(values).build();
    }

    /** Returns a batch of one column, whose memory is from the allocator and filled so. */
    static ColumnBatch numbers(ColumnAllocator allocator, DType dtype, int[] shape, Consumer<ByteBuffer> fill) {
        ByteBuffer memory = allocator.allocate("c", dtype, shape);
        int bytes = IntStream.of(shape).reduce(dtype.bytes(), (a, b) -> a * b);
        ByteBuffer values = memory.slice(memory.position(), bytes).order(ByteOrder.LITTLE_ENDIAN);
        fill.accept(values);
        return batch(List.of(Column.of("c", dtype, shape, values.clear())), () -> allocator.release(memory));
    }

    static ColumnBatch batch(List<Column> columns, Runnable release) {
        return ColumnBatch.of(new ArrayList<>(columns), ResumePoint.START, 0, release);
    }
}
