package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.TensorFlowGraph.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFOutOfRangeException;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * Runs TensorFlow's own kernels through TensorFlow-Java. One session, which is reused for all passes, produces each
 * column of a batch as a tensor. In timed passes, only the label tensor is copied to the heap.
 */
final class TensorFlow {

    /** The system property that sets the number of rows per batch and the number of TensorFlow threads. */
    static final String SETTING = "pipeflux.tensorflow";

    private static final int BATCH = Integer.parseInt(setting()[0]);
    private static final int THREADS = Integer.parseInt(setting()[1]);

    @SuppressWarnings("NonFinalStaticField")
    private static @Nullable TensorFlow open; // the session for the file that this process reads

    private final String file;
    private final TensorFlowGraph graph;
    private final Session session;
    private final byte[] heap = new byte[BATCH * Long.BYTES];

    private TensorFlow(String file, String set) {
        this.file = file;
        this.graph = new TensorFlowGraph(file, set, BATCH, THREADS);
        this.session = new Session(
                graph.graph(),
                ConfigProto.newBuilder()
                        .setIntraOpParallelismThreads(THREADS)
                        .setInterOpParallelismThreads(THREADS)
                        .build());
    }

    private static String[] setting() {
        return System.getProperty(SETTING, "64x1").split("x", -1);
    }

    static void read(Path from, String set, Tally tally) {
        TensorFlow current = open;
        if (current == null || !current.file.equals(from.toString())) {
            current = new TensorFlow(from.toString(), set);
            open = current;
        }
        current.read(tally);
    }

    private void read(Tally tally) {
        session.runner().addTarget(graph.start()).run().close();
        while (batch(tally)) {
            // nothing else to do, because batch() also adds the batch to the tally
        }
    }

    private boolean batch(Tally tally) {
        Session.Runner runner = session.runner();
        for (Tensors column : graph.columns()) {
            runner.fetch(column.values());
            if (column.splits() != null) {
                runner.fetch(column.splits());
            }
        }
        try (Result tensors = runner.run()) {
            int next = 0;
            for (int i = 0; i < graph.columns().size(); i++) {
                Tensor values = tensors.get(next++);
                Tensor splits = graph.columns().get(i).splits() == null ? null : tensors.get(next++);
                if (i == graph.label()) {
                    count(values, tally);
                }
                if (tally.checks()) {
                    check(i, values, splits, tally);
                }
            }
            return true;
        } catch (TFOutOfRangeException end) {
            return false;
        }
    }

    private void count(Tensor labels, Tally tally) {
        int rows = (int) labels.shape().get(0);
        int bytes = (int) labels.asRawTensor().numBytes();
        labels.asRawTensor().data().read(heap, 0, bytes);
        ByteBuffer numbers = ByteBuffer.wrap(heap, 0, bytes).order(ByteOrder.LITTLE_ENDIAN);
        long sum = 0;
        while (numbers.hasRemaining()) {
            sum += labels instanceof TInt32 ? numbers.getInt() : numbers.getLong();
        }
        tally.add(rows, sum);
    }

    private static void check(int column, Tensor values, @Nullable Tensor splits, Tally tally) {
        if (splits != null) {
            ByteBuffer ends = bytes(splits);
            for (int begin = ends.getInt(); ends.hasRemaining(); ) {
                int end = ends.getInt();
                tally.length(column, end - begin);
                begin = end;
            }
        }
        if (values instanceof TString strings) {
            for (NdArray<byte[]> string : strings.asBytes().scalars()) {
                byte[] bytes = Objects.requireNonNull(string.getObject());
                tally.length(column, bytes.length);
                tally.values(column, ByteBuffer.wrap(bytes));
            }
        } else {
            tally.values(column, bytes((TType) values));
        }
    }

    private static ByteBuffer bytes(Tensor tensor) {
        byte[] bytes = new byte[(int) tensor.asRawTensor().numBytes()];
        tensor.asRawTensor().data().read(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
