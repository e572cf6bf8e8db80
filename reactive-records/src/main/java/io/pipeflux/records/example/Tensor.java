package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Receives the parts of one tensor: the values, the shape and, if the tensor is sparse, the keys. */
final class Tensor {

    /**
     * Computes the product of a shape's dimensions. The result is -1 if a dimension is negative, or if the product does
     * not fit a long.
     */
    private static final class Product extends ValueSink {
        private long product = 1;

        @Override
        void startFeature() {
            super.startFeature();
            product = 1;
        }

        @Override
        void integer(long value) {
            product = value < 0 || product < 0 ? -1 : multiplied(product, value);
            super.integer(value);
        }

        private static long multiplied(long a, long b) {
            return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? -1 : a * b;
        }
    }

    private final ValueSink values;
    private final ValueSink keys;
    private final Product product = new Product();
    private final ValueSink shape;
    private final @Nullable ColumnWriter writer;
    private final List<Tensor> parts; // one tensor per feature if several features share the key; otherwise empty

    private Tensor(ValueSink values, ValueSink keys, @Nullable ColumnWriter writer) {
        this.values = values;
        this.keys = keys;
        this.shape = product;
        this.writer = writer;
        this.parts = List.of();
    }

    private Tensor(List<Tensor> parts) {
        this.values = FanOut.of(parts.stream().map(Tensor::values).toList());
        this.keys = FanOut.of(parts.stream().map(Tensor::keys).toList());
        this.shape = FanOut.of(parts.stream().map(Tensor::shape).toList());
        this.writer = null;
        this.parts = parts;
    }

    /** Combines tensors of the same key into one tensor, which passes its parts on to all of them. */
    static Tensor all(List<Tensor> tensors) {
        return tensors.size() == 1 ? tensors.get(0) : new Tensor(tensors);
    }

    static Tensor ignored() {
        return new Tensor(new ValueSink(), new ValueSink(), null);
    }

    static Tensor dense(ColumnWriter values) {
        return new Tensor(values, new ValueSink(), values);
    }

    static Tensor sparse(ColumnWriter values, ColumnWriter keys) {
        return new Tensor(values, keys, values);
    }

    void startFeature() {
        values.startFeature();
        keys.startFeature();
        shape.startFeature();
    }

    void startList(ValueKind kind) {
        if (!parts.isEmpty()) {
            parts.forEach(part -> part.startList(kind));
            return;
        }
        if (values.kind() != kind) {
            keys.startFeature();
            shape.startFeature();
        }
        values.startList(kind);
        keys.startList(ValueKind.INT64);
    }

    ValueSink values() {
        return values;
    }

    ValueSink keys() {
        return keys;
    }

    ValueSink shape() {
        return shape;
    }

    /**
     * Checks the tensor and prepares for the next record. Must be called before {@link ColumnWriter#end} is called on
     * the tensor's writers.
     */
    void endRow(RawRecord record) {
        if (writer != null && values.kind() == writer.feature.kind()) {
            String wrong = writer.feature.layout() == Feature.Layout.SPARSE ? wrongSparse(writer) : wrongDense(writer);
            if (wrong != null) {
                throw writer.mismatch(record, wrong);
            }
        }
        shape.startFeature();
        if (!(keys instanceof ColumnWriter)) {
            keys.startFeature();
        }
    }

    private @Nullable String wrongDense(ColumnWriter column) {
        if (keys.count() > 0) {
            return "Expected a dense tensor, but got a sparse one with " + keys.count() + " keys: use Feature.sparse";
        }
        boolean fixed = column.feature.layout() == Feature.Layout.FIXED && !column.feature.isRaw();
        return fixed && product.count() > 0 && product.product != column.feature.size()
                ? "Expected a tensor of shape " + column.feature.shape() + ", but got a shape of "
                        + (product.product < 0 ? "too many" : product.product)
                        + " values: specify the shape that was written"
                : null;
    }

    private @Nullable String wrongSparse(ColumnWriter column) {
        long size = column.feature.sparseSize();
        if (product.count() == 0) {
            return "Expected a sparse tensor of " + size
                    + " values, but got one without a shape: write its shape, or use a" + " dense feature";
        }
        return product.product != size
                ? "Expected a sparse tensor of " + size + " values, but got a shape of "
                        + (product.product < 0 ? "too many" : product.product) + ": specify the size that was written"
                : null;
    }
}
