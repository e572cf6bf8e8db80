package io.pipeflux.samples.tensorflow;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.tensorflow.TensorFlowColumns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.framework.optimizers.Ftrl;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * Reimplements {@code tf.estimator.LinearClassifier} with one numeric column and two classes: logistic regression with
 * the loss summed over the batch, trained by FTRL with the learning rate 0.2.
 */
final class LinearClassifier implements AutoCloseable {

    /** The signature of the saved model. The next two constants name the signature's input and output. */
    static final String SERVING = Signature.DEFAULT_KEY;

    static final String DATA = "data";
    static final String PROBABILITIES = "probabilities";

    private static final String LABELS = "labels";
    private static final String LOSS = "loss";
    private static final String CORRECT = "correct";
    private static final String TRAIN = "train";
    private static final float LEARNING_RATE = 0.2f;

    private final TensorFlowColumns columns;
    private final Graph graph = new Graph();
    private final Session session;
    private final Signature signature;

    /**
     * The results of a step or an evaluation.
     *
     * @param loss the mean loss over the rows
     */
    record Metrics(long rows, double loss, double accuracy) {}

    /** @param columns the allocator that created the batches' columns */
    LinearClassifier(TensorFlowColumns columns, int features) {
        this.columns = columns;
        Ops tf = Ops.create(graph);
        Placeholder<TFloat64> data =
                tf.withName(DATA).placeholder(TFloat64.class, Placeholder.shape(Shape.of(-1, features)));
        Placeholder<TInt64> labels = tf.withName(LABELS).placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
        Variable<TFloat32> weights = tf.variable(tf.zeros(tf.constant(new int[] {features, 1}), TFloat32.class));
        Variable<TFloat32> bias = tf.variable(tf.zeros(tf.constant(new int[] {1}), TFloat32.class));
        Operand<TFloat32> logits = tf.math.add(tf.linalg.matMul(tf.dtypes.cast(data, TFloat32.class), weights), bias);
        Operand<TFloat32> expected = tf.dtypes.cast(tf.reshape(labels, tf.constant(new int[] {-1, 1})), TFloat32.class);
        // this expression equals the cross entropy of sigmoid(logits)
        Operand<TFloat32> loss =
                sum(tf.withName(LOSS), tf, tf.math.sub(tf.math.softplus(logits), tf.math.mul(logits, expected)));
        Operand<TFloat32> predicted = tf.dtypes.cast(tf.math.greater(logits, tf.constant(0f)), TFloat32.class);
        sum(tf.withName(CORRECT), tf, tf.dtypes.cast(tf.math.equal(predicted, expected), TFloat32.class));
        Operand<TFloat32> probabilities = tf.withName(PROBABILITIES).math.sigmoid(logits);
        new Ftrl(graph, LEARNING_RATE).minimize(loss, TRAIN);
        signature = Signature.builder(SERVING)
                .input(DATA, data)
                .output(PROBABILITIES, probabilities)
                .build();
        session = new Session(graph);
        session.initialize();
    }

    private static <T extends TNumber> ReduceSum<T> sum(Ops named, Ops tf, Operand<T> values) {
        return named.reduceSum(values, tf.constant(new int[] {0, 1}));
    }

    /**
     * Trains one step. TensorFlow reads the batch's memory directly, so the caller must not release the batch before
     * this method returns.
     */
    Metrics train(ColumnBatch batch) {
        return run(batch, session.runner().addTarget(TRAIN));
    }

    Metrics evaluate(ColumnBatch batch) {
        return run(batch, session.runner());
    }

    private Metrics run(ColumnBatch batch, Session.Runner runner) {
        Map<String, Tensor> tensors = columns.tensors(batch);
        try (Result result = runner.feed(DATA, tensors.get(DATA))
                .feed(LABELS, tensors.get(LABELS))
                .fetch(LOSS)
                .fetch(CORRECT)
                .run()) {
            int rows = batch.rows();
            return new Metrics(rows, number(result.get(0)) / rows, number(result.get(1)) / rows);
        }
    }

    private static double number(Tensor scalar) {
        return ((TFloat32) scalar).getFloat();
    }

    /** Returns the probability of class 1 for each row. */
    float[] predict(ColumnBatch batch) {
        try (Result result = session.runner()
                .feed(DATA, columns.tensors(batch).get(DATA))
                .fetch(PROBABILITIES)
                .run()) {
            return floats(result.get(0));
        }
    }

    /** Writes a SavedModel, which any TensorFlow installation can load and serve. */
    void save(Path directory) throws IOException {
        SavedModelBundle.exporter(directory.toString())
                .withSession(session)
                .withSignature(signature)
                .export();
    }

    /** Writes all variables, including those of the optimizer, to files whose paths begin with {@code prefix}. */
    void saveVariables(Path prefix) {
        session.save(prefix.toString());
    }

    void restoreVariables(Path prefix) {
        session.restore(prefix.toString());
    }

    /** Predicts like {@link #predict(ColumnBatch)}, but with a saved model. */
    static float[] predict(Path savedModel, TensorFlowColumns columns, ColumnBatch batch) {
        try (SavedModelBundle model = SavedModelBundle.load(savedModel.toString());
                Result result = model.function(SERVING)
                        .call(Map.of(DATA, columns.tensors(batch).get(DATA)))) {
            return floats(result.get(PROBABILITIES).orElseThrow());
        }
    }

    private static float[] floats(Tensor tensor) {
        TFloat32 values = (TFloat32) tensor;
        float[] floats = new float[(int) values.size()];
        values.asRawTensor().data().asFloats().read(floats);
        return floats;
    }

    @Override
    public void close() {
        session.close();
        graph.close();
    }
}
