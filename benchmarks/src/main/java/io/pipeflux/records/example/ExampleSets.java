package io.pipeflux.records.example;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.example.proto.Int64List;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Records to measure with, the same each time.
 *
 * <pre>
 *   seed           data: 1024 float64 in bytes            label: int64
 *   big            data: 65,536 float64 in bytes          label
 *   small          data: 1 float64 in bytes               label
 *   ctr, ctrshuf   I1..I13: float   C1..C26: int64        label; ctrshuf in another order in each record
 *   floats         x: 1024 floats                         label
 * </pre>
 */
public final class ExampleSets {

    private static final int VALUES = 1024;
    private static final int BIG_VALUES = 65_536;
    private static final int FLOATS = 13;
    private static final int INTEGERS = 26;
    private static final int CATEGORIES = 1_000_000;

    private ExampleSets() {}

    /** Returns the features of a set, the label last. */
    public static List<Feature> features(String set) {
        List<Feature> features = new ArrayList<>();
        switch (set) {
            case "seed" -> features.add(Feature.decodeRaw("data", DType.FLOAT64, VALUES));
            case "big" -> features.add(Feature.decodeRaw("data", DType.FLOAT64, BIG_VALUES));
            case "small" -> features.add(Feature.decodeRaw("data", DType.FLOAT64));
            case "floats" -> features.add(Feature.float32("x", VALUES));
            case "ctr", "ctrshuf" -> {
                for (int i = 1; i <= FLOATS; i++) {
                    features.add(Feature.float32("I" + i));
                }
                for (int i = 1; i <= INTEGERS; i++) {
                    features.add(Feature.int64("C" + i));
                }
            }
            default -> throw new IllegalArgumentException("expected the name of a set, but got " + set);
        }
        features.add(Feature.int64("label"));
        return features;
    }

    /** Returns the first records of a set. */
    public static List<RawRecord> records(String set, int count) {
        Random random = new Random(42);
        List<RawRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(RawRecord.of(record(set, random).asReadOnlyByteBuffer()));
        }
        return records;
    }

    private static ByteString record(String set, Random random) {
        List<Feature> features = features(set);
        if (set.equals("ctrshuf")) {
            Collections.shuffle(features, random);
        }
        // Messages joined are one, and in this order: a map gives its entries in an order of its own.
        ByteString entries = features.stream()
                .map(feature -> Features.newBuilder()
                        .putFeature(feature.key(), value(feature, random))
                        .build()
                        .toByteString())
                .reduce(ByteString.EMPTY, ByteString::concat);
        return UnknownFieldSet.newBuilder()
                .addField(
                        1,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(entries)
                                .build())
                .build()
                .toByteString();
    }

    private static io.pipeflux.records.example.proto.Feature value(Feature feature, Random random) {
        var value = io.pipeflux.records.example.proto.Feature.newBuilder();
        if (feature.isRaw()) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(feature.size() * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) {
                bytes.putDouble(random.nextDouble());
            }
            return value.setBytesList(BytesList.newBuilder().addValue(ByteString.copyFrom(bytes.flip())))
                    .build();
        }
        if (feature.dtype() == DType.FLOAT32) {
            FloatList.Builder floats = FloatList.newBuilder();
            for (int i = 0; i < feature.size(); i++) {
                floats.addValue(random.nextFloat());
            }
            return value.setFloatList(floats).build();
        }
        int bound = feature.key().equals("label") ? 2 : CATEGORIES;
        return value.setInt64List(Int64List.newBuilder().addValue(random.nextInt(bound)))
                .build();
    }
}
