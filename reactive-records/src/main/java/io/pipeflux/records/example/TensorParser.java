package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import java.util.List;

/**
 * Parses the features or labels of SageMaker's {@code aialgs.data.Record} (see {@code aialgs/data/record.proto}).
 *
 * <pre>
 *   Value   { oneof { Float32Tensor = 2; Float64Tensor = 3; Int32Tensor = 7; Bytes = 9; } }
 *                                                         repeated tensors of the same kind are joined;
 *                                                         if the kinds differ, only the last tensor is used
 *   Tensor  { repeated T values = 1; repeated uint64 keys = 2; repeated uint64 shape = 3; }
 *                                                         packed, unpacked, or mixed
 *   Bytes   { repeated bytes value = 1; string content_type = 2; }
 * </pre>
 */
final class TensorParser extends MapParser<Tensor> {

    private static final int FLOAT32 = WireReader.tag(2, LENGTH);
    private static final int FLOAT64 = WireReader.tag(3, LENGTH);
    private static final int INT32 = WireReader.tag(7, LENGTH);
    private static final int BYTES = WireReader.tag(9, LENGTH);
    private static final int VALUES = 1;
    private static final int KEYS = 2;
    private static final int SHAPE = 3;

    TensorParser(WireReader in, KeyTable keys, List<Tensor> tensors) {
        super(in, keys, tensors, Tensor.ignored());
    }

    @Override
    void start(Tensor tensor) {
        tensor.startFeature();
    }

    @Override
    void value(Tensor tensor) {
        while (in.more()) {
            int tag = in.tag();
            if (tag == FLOAT32) {
                tensor(tensor, ValueKind.FLOAT);
            } else if (tag == FLOAT64) {
                tensor(tensor, ValueKind.DOUBLE);
            } else if (tag == INT32) {
                tensor(tensor, ValueKind.INT32);
            } else if (tag == BYTES) {
                tensor(tensor, ValueKind.BYTES);
            } else {
                in.skip(tag);
            }
        }
    }

    private void tensor(Tensor tensor, ValueKind kind) {
        int outer = in.enter();
        tensor.startList(kind);
        while (in.more()) {
            int tag = in.tag();
            boolean taken = switch (kind) {
                case BYTES -> in.bytes(tag, VALUES, tensor.values());
                case FLOAT -> in.floats(tag, VALUES, Float.BYTES, tensor.values());
                case DOUBLE -> in.floats(tag, VALUES, Double.BYTES, tensor.values());
                default -> in.integers(tag, VALUES, tensor.values());
            };
            if (!taken && kind != ValueKind.BYTES) {
                taken = in.integers(tag, KEYS, tensor.keys()) || in.integers(tag, SHAPE, tensor.shape());
            }
            if (!taken) {
                in.skip(tag);
            }
        }
        in.leave(outer);
    }
}
