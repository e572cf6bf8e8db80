package io.pipeflux.tensorflow;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Supplier;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Fill;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** What TensorFlow's own operations make of records, and what the parsers here do, as texts that can be compared. */
final class Kernels {

    static final String RECORDS = "records";

    private Kernels() {}

    /** Returns the tensors that the outputs are for these records; empty if the operation has refused them. */
    static Optional<List<String>> run(Session session, List<RawRecord> records, List<Output<?>> outputs) {
        byte[][] bytes = records.stream().map(RawRecord::toByteArray).toArray(byte[][]::new);
        Session.Runner runner = session.runner();
        outputs.forEach(runner::fetch);
        try (TString strings = TString.tensorOfBytes(Shape.of(bytes.length), DataBuffers.ofObjects(bytes));
                Result result = runner.feed(RECORDS, strings).run()) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < outputs.size(); i++) {
                texts.add(text(result.get(i)));
            }
            return Optional.of(texts);
        } catch (IllegalArgumentException refused) {
            return Optional.empty();
        }
    }

    private static String text(Tensor tensor) {
        StringJoiner text = new StringJoiner(",", tensor.shape().toString(), "");
        if (tensor instanceof TString strings) {
            for (NdArray<byte[]> value : strings.asBytes().scalars()) {
                text.add(hex(ByteBuffer.wrap(value.getObject())));
            }
        } else {
            byte[] bytes = new byte[(int) tensor.numBytes()];
            if (bytes.length > 0) {
                tensor.asRawTensor().data().read(bytes);
            }
            text.add(hex(ByteBuffer.wrap(bytes)));
        }
        return text.toString();
    }

    /** Returns the columns of a batch, and the row splits of ragged ones behind them; empty if it is refused. */
    static Optional<List<String>> parse(Supplier<ColumnBatch> parser) {
        ColumnBatch batch;
        try {
            batch = parser.get();
        } catch (RuntimeException refused) {
            return Optional.empty();
        }
        List<String> texts = new ArrayList<>();
        for (String name : batch.names()) {
            Column column = batch.column(name);
            Shape shape = column.isRagged() ? Shape.of(column.size()) : Shape.of(TensorCopies.longs(column.shape()));
            StringJoiner text = new StringJoiner(",", shape.toString(), "");
            if (column.dtype().hasOffsets()) {
                for (int i = 0; i < column.size(); i++) {
                    text.add(hex(column.bytes(i)));
                }
            } else {
                text.add(hex(column.values()));
            }
            texts.add(text.toString());
            if (column.isRagged()) {
                ByteBuffer splits =
                        ByteBuffer.allocate((column.rows() + 1) * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                splits.asIntBuffer().put(column.rowSplits());
                texts.add(Shape.of(column.rows() + 1) + hex(splits));
            }
        }
        return Optional.of(texts);
    }

    private static String hex(ByteBuffer bytes) {
        StringBuilder hex = new StringBuilder();
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            hex.append(String.format("%02x", bytes.get(i)));
        }
        return hex.toString();
    }

    /** A default of no values: what is not there is an error. */
    @SuppressWarnings("unchecked") // of the given type
    static <T extends TType> Operand<T> required(Ops tf, Class<T> type) {
        Operand<? extends TType> value = type == TString.class
                ? tf.constant("")
                : type == TFloat32.class
                        ? tf.constant(0f)
                        : type == TFloat64.class
                                ? tf.constant(0.0)
                                : type == TInt32.class ? tf.constant(0) : tf.constant(0L);
        return Fill.create(tf.scope(), tf.constant(new int[] {0}), (Operand<T>) value);
    }
}
