package io.pipeflux.benchmarks.pipe;

import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.example.FeatureSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Fill;
import org.tensorflow.op.data.BatchDataset;
import org.tensorflow.op.data.Iterator;
import org.tensorflow.op.data.IteratorGetNext;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.op.data.PrefetchDataset;
import org.tensorflow.op.io.DecodeCsv;
import org.tensorflow.op.io.ParseExample;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * The graph of TensorFlow operations that reads a file into batches of columns. Operations in parentheses are used only
 * with some settings or data sets:
 *
 * <pre>
 *   TFRecords:   TFRecordDataset, BatchDataset, (PrefetchDataset), IteratorGetNext, ParseExampleV2, (DecodeRaw)
 *   text:        TextLineDataset, BatchDataset, (PrefetchDataset), IteratorGetNext, DecodeCSV
 * </pre>
 */
final class TensorFlowGraph {

    private static final long BUFFER = 1 << 20;
    private static final List<Class<? extends TType>> STRINGS = List.of(TString.class);
    private static final List<Shape> ROWS = List.of(Shape.of(Shape.UNKNOWN_SIZE));

    /**
     * The tensors of a column.
     *
     * @param splits the offsets at which the rows begin, or null if the column is not ragged
     */
    record Tensors(
            Output<?> values,
            @org.jspecify.annotations.Nullable Output<?> splits) {}

    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final MakeIterator start;
    private final List<Tensors> columns;
    private final int label;

    TensorFlowGraph(String file, String set, int batch, int threads) {
        boolean text = set.equals(PipelineSets.TEXT);
        // The operation is created by name, because TensorFlow-Java has a class only for the second version of
        // TFRecordDataset, and TensorFlow cannot optimize the second version.
        OperationBuilder records = graph.opBuilder(text ? "TextLineDataset" : "TFRecordDataset", "records", tf.scope());
        records.addInput(
                tf.constant(StandardCharsets.UTF_8, new String[] {file}).asOutput());
        records.addInput(tf.constant("").asOutput());
        records.addInput(tf.constant(BUFFER).asOutput());
        Operand<? extends TType> dataset = BatchDataset.create(
                tf.scope(),
                records.build().<TType>output(0),
                tf.constant((long) batch),
                tf.constant(false),
                STRINGS,
                ROWS);
        if (threads > 1) {
            dataset = PrefetchDataset.create(tf.scope(), dataset, tf.constant(2L), STRINGS, ROWS);
        }
        Iterator iterator = Iterator.create(tf.scope(), "", "", STRINGS, ROWS);
        start = MakeIterator.create(tf.scope(), dataset, iterator);
        Output<TString> strings = strings(IteratorGetNext.create(tf.scope(), iterator, STRINGS, ROWS)
                .components()
                .get(0));
        columns = text ? fields(strings) : features(strings, ExampleSets.specs(set));
        label = text ? 0 : columns.size() - 1;
    }

    Graph graph() {
        return graph;
    }

    /** Returns the operation that starts reading at the beginning of the file. */
    MakeIterator start() {
        return start;
    }

    /** Returns the columns in the order in which the data set declares them. */
    List<Tensors> columns() {
        return columns;
    }

    /** Returns the index of the label column. */
    int label() {
        return label;
    }

    private List<Tensors> fields(Output<TString> lines) {
        List<Operand<?>> required = new ArrayList<>(Collections.nCopies(PipelineSets.FIELDS, empty(TInt32.class)));
        return DecodeCsv.create(tf.scope(), lines, required, DecodeCsv.useQuoteDelim(false)).output().stream()
                .map(values -> new Tensors(values, null))
                .toList();
    }

    private List<Tensors> features(Output<TString> examples, List<FeatureSpec> specs) {
        List<FeatureSpec> dense = specs.stream().filter(spec -> !spec.ragged()).toList();
        List<FeatureSpec> ragged = specs.stream().filter(FeatureSpec::ragged).toList();
        List<Operand<?>> required = new ArrayList<>();
        dense.forEach(spec -> required.add(empty(type(spec))));
        ParseExample parsed = ParseExample.create(
                tf.scope(),
                examples,
                keys(List.of()), // names
                keys(List.of()), // sparse
                keys(dense),
                keys(ragged),
                required,
                0L,
                List.of(),
                types(ragged),
                Collections.nCopies(ragged.size(), TInt32.class),
                dense.stream()
                        .map(spec -> spec.raw() || spec.size() == 1 ? Shape.scalar() : Shape.of(spec.size()))
                        .toList());
        List<Tensors> tensors = new ArrayList<>();
        int nextDense = 0;
        int nextRagged = 0;
        for (FeatureSpec spec : specs) {
            if (spec.ragged()) {
                tensors.add(new Tensors(
                        parsed.raggedValues().get(nextRagged),
                        parsed.raggedRowSplits().get(nextRagged)));
                nextRagged++;
            } else {
                Output<?> values = parsed.denseValues().get(nextDense++);
                tensors.add(new Tensors(
                        spec.raw()
                                ? tf.io.decodeRaw(strings(values), TFloat64.class)
                                        .output()
                                : values,
                        null));
            }
        }
        return tensors;
    }

    private Operand<TString> keys(List<FeatureSpec> specs) {
        return specs.isEmpty()
                ? empty(TString.class)
                : tf.constant(
                        StandardCharsets.UTF_8,
                        specs.stream().map(FeatureSpec::key).toArray(String[]::new));
    }

    private static List<Class<? extends TType>> types(List<FeatureSpec> specs) {
        List<Class<? extends TType>> types = new ArrayList<>();
        specs.forEach(spec -> types.add(type(spec)));
        return types;
    }

    private static Class<? extends TType> type(FeatureSpec spec) {
        if (spec.raw() || spec.dtype() == DType.BYTES) {
            return TString.class;
        }
        return spec.dtype() == DType.FLOAT32 ? TFloat32.class : TInt64.class;
    }

    /**
     * Returns an empty tensor. To TensorFlow, this means that the feature has no default, so a record without the
     * feature is an error, as it is in every {@link PipelineSide}.
     */
    @SuppressWarnings("unchecked") // the tensor has the given type
    private <T extends TType> Operand<T> empty(Class<T> type) {
        Operand<? extends TType> value = type == TString.class
                ? tf.constant("")
                : type == TFloat32.class ? tf.constant(0f) : type == TInt32.class ? tf.constant(0) : tf.constant(0L);
        return Fill.create(tf.scope(), tf.constant(new int[] {0}), (Operand<T>) value);
    }

    @SuppressWarnings("unchecked") // the preceding operations produce strings
    private static Output<TString> strings(Output<?> output) {
        return (Output<TString>) output;
    }
}
