package io.pipeflux.records.example;

import com.google.protobuf.InvalidProtocolBufferException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Int64List;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Parses batches with protobuf-java into arrays, one for each feature. A numeric feature becomes a {@code double[]},
 * {@code float[]} or {@code long[]}, a ragged feature a {@code long[][]}, and a bytes feature a {@code byte[][]}.
 */
public final class Peer {

    private final List<Feature> features;

    /** @param features the features to parse */
    public Peer(List<Feature> features) {
        this.features = features;
    }

    /** Parses a batch. Returns one array for each feature. */
    public Object[] parse(List<RawRecord> records) throws InvalidProtocolBufferException {
        Object[] arrays = arrays(records.size());
        for (int row = 0; row < records.size(); row++) {
            RawRecord record = records.get(row);
            put(Example.parser().parseFrom(record.array(), record.arrayOffset(), record.size()), arrays, row);
        }
        return arrays;
    }

    /** Creates one array per feature, each large enough for this number of rows. */
    public Object[] arrays(int rows) {
        Object[] arrays = new Object[features.size()];
        for (int i = 0; i < arrays.length; i++) {
            Feature feature = features.get(i);
            arrays[i] = array(feature, rows);
        }
        return arrays;
    }

    private static Object array(Feature feature, int rows) {
        if (feature.layout() == Feature.Layout.RAGGED) {
            return new long[rows][];
        }
        int values = rows * feature.size();
        if (feature.isRaw()) {
            return new double[values];
        }
        return switch (feature.dtype()) {
            case FLOAT32 -> new float[values];
            case BYTES -> new byte[values][];
            default -> new long[values];
        };
    }

    /** Parses a record into row {@code row} of the arrays. */
    public void parse(byte[] record, Object[] arrays, int row) throws InvalidProtocolBufferException {
        put(Example.parser().parseFrom(record), arrays, row);
    }

    private void put(Example example, Object[] arrays, int row) {
        Map<String, io.pipeflux.records.example.proto.Feature> map =
                example.getFeatures().getFeatureMap();
        for (int i = 0; i < arrays.length; i++) {
            Feature feature = features.get(i);
            copy(Objects.requireNonNull(map.get(feature.key())), arrays[i], row * feature.size(), feature.size());
        }
    }

    private static void copy(io.pipeflux.records.example.proto.Feature from, Object to, int at, int size) {
        if (to instanceof double[] doubles) {
            from.getBytesList()
                    .getValue(0)
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asDoubleBuffer()
                    .get(doubles, at, size);
        } else if (to instanceof float[] floats) {
            for (int i = 0; i < size; i++) {
                floats[at + i] = from.getFloatList().getValue(i);
            }
        } else if (to instanceof long[] longs) {
            for (int i = 0; i < size; i++) {
                longs[at + i] = from.getInt64List().getValue(i);
            }
        } else if (to instanceof long[][] rows) {
            Int64List list = from.getInt64List();
            long[] row = new long[list.getValueCount()];
            for (int i = 0; i < row.length; i++) {
                row[i] = list.getValue(i);
            }
            rows[at] = row;
        } else if (to instanceof byte[][] bytes) {
            for (int i = 0; i < size; i++) {
                bytes[at + i] = from.getBytesList().getValue(i).toByteArray();
            }
        }
    }

    void requireEqual(ColumnBatch batch, List<RawRecord> records) throws InvalidProtocolBufferException {
        Object[] arrays = parse(records);
        for (int i = 0; i < arrays.length; i++) {
            if (!equals(batch.column(features.get(i).name()), arrays[i])) {
                throw new IllegalStateException(features.get(i) + ": not equal");
            }
        }
    }

    private static boolean equals(Column column, Object array) {
        if (array instanceof double[] doubles) {
            double[] ours = new double[column.size()];
            column.copyTo(ours);
            return Arrays.equals(ours, doubles);
        }
        if (array instanceof float[] floats) {
            float[] ours = new float[column.size()];
            column.copyTo(ours);
            return Arrays.equals(ours, floats);
        }
        long[] ours = new long[column.size()];
        column.copyTo(ours);
        return Arrays.equals(ours, (long[]) array);
    }
}
