package io.pipeflux.benchmarks.pipe;

import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.example.FeatureSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.framework.optimizers.Ftrl;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Fill;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.data.BatchDataset;
import org.tensorflow.op.data.Iterator;
import org.tensorflow.op.data.IteratorGetNext;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.op.data.ParseExampleDataset;
import org.tensorflow.op.data.PrefetchDataset;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * The TensorFlow graphs of {@link TrainingSteps}. The columns either come from TensorFlow's own input or are fed into
 * the graph. A graph with a model trains a classifier on the columns with the FTRL optimizer. TensorFlow's own input
 * consists of the following operations. The last one is used only for features that are encoded as bytes:
 *
 * <pre>
 *   TFRecordDataset, BatchDataset, ParseExampleDatasetV2, PrefetchDataset, IteratorGetNext, DecodeRaw
 * </pre>
 */
final class TrainingGraph {

    static final String TRAIN = "train";
    static final String LOSS = "loss";
    private static final String DATA = "data";
    private static final String LABEL = "label";
    private static final long BUFFER = 1 << 20;
    private static final float LEARNING_RATE = 0.2f;

    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final @Nullable Op start;
    private final Map<String, Output<?>> columns = new LinkedHashMap<>();

    private TrainingGraph(@Nullable String file, String set, int prefetch, int calls, int hidden) {
        boolean trains = hidden >= 0;
        start = file == null ? null : read(file, ExampleSets.specs(set), prefetch, calls);
        if (file == null && trains) {
            columns.put(
                    DATA,
                    tf.withName(DATA)
                            .placeholder(TFloat64.class, org.tensorflow.op.core.Placeholder.shape(Shape.of(-1, 1024)))
                            .asOutput());
            columns.put(
                    LABEL,
                    tf.withName(LABEL)
                            .placeholder(TInt64.class, org.tensorflow.op.core.Placeholder.shape(Shape.of(-1)))
                            .asOutput());
        }
        if (trains) {
            train(hidden);
        }
    }

    /**
     * @param calls the number of threads that parse records
     * @param hidden the number of units in the hidden layer, as in {@link #fed}, or -1 for no model
     */
    static TrainingGraph reading(String file, String set, int prefetch, int calls, int hidden) {
        return new TrainingGraph(file, set, prefetch, calls, hidden);
    }

    /** @param hidden the number of units in the hidden layer, or 0 for no hidden layer */
    static TrainingGraph fed(int hidden) {
        return new TrainingGraph(null, "seed", 0, 0, hidden);
    }

    Graph graph() {
        return graph;
    }

    /** Returns the operation that opens the file at its beginning, or null if batches are fed into the graph. */
    @Nullable
    Op start() {
        return start;
    }

    /** Returns the columns, keyed by name. */
    Map<String, Output<?>> columns() {
        return columns;
    }

    private Op read(String file, List<FeatureSpec> specs, int prefetch, int calls) {
        List<FeatureSpec> sorted = specs.stream()
                // the parsing operation sorts its outputs by key, so the columns must be in the same order
                .sorted(Comparator.comparing(FeatureSpec::key))
                .toList();
        List<Class<? extends TType>> strings = List.of(TString.class);
        List<Shape> rows = List.of(Shape.of(Shape.UNKNOWN_SIZE));
        OperationBuilder records = graph.opBuilder("TFRecordDataset", "records", tf.scope());
        records.addInput(
                tf.constant(StandardCharsets.UTF_8, new String[] {file}).asOutput());
        records.addInput(tf.constant("").asOutput());
        records.addInput(tf.constant(BUFFER).asOutput());
        Operand<? extends TType> batches = BatchDataset.create(
                tf.scope(),
                records.build().<TType>output(0),
                tf.constant((long) PipelineSets.BATCH),
                tf.constant(false),
                strings,
                rows);
        List<Operand<?>> required = new ArrayList<>();
        List<Class<? extends TType>> types = new ArrayList<>();
        List<Shape> dense = new ArrayList<>();
        List<Shape> shapes = new ArrayList<>();
        for (FeatureSpec spec : sorted) {
            boolean scalar = spec.raw() || spec.size() == 1;
            required.add(empty(type(spec)));
            types.add(type(spec));
            dense.add(scalar ? Shape.scalar() : Shape.of(spec.size()));
            shapes.add(scalar ? Shape.of(Shape.UNKNOWN_SIZE) : Shape.of(Shape.UNKNOWN_SIZE, spec.size()));
        }
        Operand<? extends TType> parsed = ParseExampleDataset.create(
                tf.scope(),
                batches,
                tf.constant((long) calls),
                required,
                List.of(),
                sorted.stream().map(FeatureSpec::key).toList(),
                List.of(),
                dense,
                types,
                shapes,
                List.of(),
                List.of());
        Operand<? extends TType> prefetched =
                PrefetchDataset.create(tf.scope(), parsed, tf.constant((long) prefetch), types, shapes);
        Iterator iterator = Iterator.create(tf.scope(), "", "", types, shapes);
        List<Output<?>> next =
                IteratorGetNext.create(tf.scope(), iterator, types, shapes).components();
        for (int i = 0; i < sorted.size(); i++) {
            FeatureSpec spec = sorted.get(i);
            columns.put(spec.key(), spec.raw() ? decoded(next.get(i)) : next.get(i));
        }
        return MakeIterator.create(tf.scope(), prefetched, iterator);
    }

    @SuppressWarnings("unchecked") // TensorFlow's type for bytes is TString
    private Output<?> decoded(Output<?> bytes) {
        return tf.io.decodeRaw((Output<TString>) bytes, TFloat64.class).output();
    }

    private static Class<? extends TType> type(FeatureSpec spec) {
        if (spec.raw() || spec.dtype() == DType.BYTES) {
            return TString.class;
        }
        return spec.dtype() == DType.FLOAT32 ? TFloat32.class : TInt64.class;
    }

    /**
     * Returns an empty tensor. To TensorFlow, this means that the feature has no default, so a record without the
     * feature is an error, as it is in Pipeflux.
     */
    @SuppressWarnings("unchecked") // the tensor has the given type
    private <T extends TType> Operand<T> empty(Class<T> type) {
        Operand<? extends TType> value =
                type == TString.class ? tf.constant("") : type == TFloat32.class ? tf.constant(0f) : tf.constant(0L);
        return Fill.create(tf.scope(), tf.constant(new int[] {0}), (Operand<T>) value);
    }

    /** Adds a linear classifier like the one in samples/tensorflow-trainer, or a classifier with a hidden layer. */
    @SuppressWarnings("unchecked") // the columns have the types of the set seed
    private void train(int hidden) {
        Operand<TFloat32> data = tf.dtypes.cast((Output<TFloat64>) columns.get(DATA), TFloat32.class);
        Operand<TInt64> labels = tf.math.floorMod((Output<TInt64>) columns.get(LABEL), tf.constant(2L));
        if (hidden > 0) {
            Variable<TFloat32> layer = tf.variable(tf.math.mul(
                    tf.random.statelessTruncatedNormal(
                            tf.constant(new int[] {1024, hidden}), tf.constant(new long[] {1, 2}), TFloat32.class),
                    tf.constant(0.03f)));
            data = tf.nn.relu(tf.linalg.matMul(data, layer));
        }
        Variable<TFloat32> weights =
                tf.variable(tf.zeros(tf.constant(new int[] {hidden > 0 ? hidden : 1024, 1}), TFloat32.class));
        Variable<TFloat32> bias = tf.variable(tf.zeros(tf.constant(new int[] {1}), TFloat32.class));
        Operand<TFloat32> logits = tf.math.add(tf.linalg.matMul(data, weights), bias);
        Operand<TFloat32> expected = tf.dtypes.cast(tf.reshape(labels, tf.constant(new int[] {-1, 1})), TFloat32.class);
        Operand<TFloat32> loss = tf.withName(LOSS)
                .reduceSum(
                        tf.math.sub(tf.math.softplus(logits), tf.math.mul(logits, expected)),
                        tf.constant(new int[] {0, 1}));
        new Ftrl(graph, LEARNING_RATE).minimize(loss, TRAIN);
    }
}
