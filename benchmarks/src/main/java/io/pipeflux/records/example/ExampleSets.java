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
 * The records of the benchmarks' data sets. They are identical in each run. Each record also has a label, which is an
 * int64.
 *
 * <pre>
 *   seed       data: 1024 float64 values, as bytes
 *   big        data: 65,536 float64 values, as bytes
 *   small      data: 1 float64 value, as bytes
 *   ctr        I1 to I13: 1 float each; C1 to C26: 1 int64 each
 *   ctrshuf    as ctr, but with the features in a different order in each record
 *   floats     x: 1024 floats
 *   longkeys   as ctr, but with keys of 100 bytes
 *   features   I1 to I500: 1 float each; C1 to C500: 1 int64 each
 *   ragged     R1 to R10: 0 to 50 int64 each
 *   bytes      B1 to B4: 0 to 8 KiB each
 * </pre>
 */
public final class ExampleSets {

    private static final int VALUES = 1024;
    private static final int BIG_VALUES = 65_536;
    private static final int FLOATS = 13;
    private static final int INTEGERS = 26;
    private static final int CATEGORIES = 1_000_000;
    private static final int MANY = 500;
    private static final int RAGGED = 10;
    private static final int MOST_RAGGED = 50;
    private static final int BYTES = 4;
    private static final int MOST_BYTES = 8 << 10;
    private static final String LONG_KEY =
            "events.of.the.last.seven.days.by.this.user.on.this.device.grouped.by.category.and.hour.of.day.";

    private ExampleSets() {}

    /** Returns the features of a data set, with the label last. */
    public static List<Feature> features(String set) {
        List<Feature> features = new ArrayList<>();
        switch (set) {
            case "seed" -> features.add(Feature.decodeRaw("data", DType.FLOAT64, VALUES));
            case "big" -> features.add(Feature.decodeRaw("data", DType.FLOAT64, BIG_VALUES));
            case "small" -> features.add(Feature.decodeRaw("data", DType.FLOAT64));
            case "floats" -> features.add(Feature.float32("x", VALUES));
            case "ctr", "ctrshuf" -> addNumbers(features, "", FLOATS, INTEGERS);
            case "longkeys" -> addNumbers(features, LONG_KEY, FLOATS, INTEGERS);
            case "features" -> addNumbers(features, "", MANY, MANY);
            case "ragged" -> {
                for (int i = 1; i <= RAGGED; i++) {
                    features.add(Feature.ragged("R" + i, DType.INT64));
                }
            }
            case "bytes" -> {
                for (int i = 1; i <= BYTES; i++) {
                    features.add(Feature.bytes("B" + i));
                }
            }
            default -> throw new IllegalArgumentException("expected the name of a set, but got " + set);
        }
        features.add(Feature.int64("label"));
        return features;
    }

    private static void addNumbers(List<Feature> features, String prefix, int floats, int integers) {
        for (int i = 1; i <= floats; i++) {
            features.add(Feature.float32(prefix + "I" + i));
        }
        for (int i = 1; i <= integers; i++) {
            features.add(Feature.int64(prefix + "C" + i));
        }
    }

    /** Returns the information that a peer needs about each feature of a data set, with the label last. */
    public static List<FeatureSpec> specs(String set) {
        return features(set).stream()
                .map(feature -> new FeatureSpec(
                        feature.key(),
                        feature.dtype(),
                        feature.size(),
                        feature.isRaw(),
                        feature.layout() == Feature.Layout.RAGGED))
                .toList();
    }

    /** Returns the number of values per row, which is an average for ragged features. */
    public static double valuesPerRow(String set) {
        return specs(set).stream()
                .mapToDouble(spec -> spec.ragged() ? MOST_RAGGED / 2.0 : spec.size())
                .sum();
    }

    /** Returns the first {@code count} records of a data set. */
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
        // Each entry is serialized as its own message, because a single message would not keep the order of its map's
        // entries. Concatenated protobuf messages are equivalent to one message.
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
        if (feature.dtype() == DType.BYTES) {
            byte[] bytes = new byte[random.nextInt(MOST_BYTES + 1)];
            random.nextBytes(bytes);
            return value.setBytesList(BytesList.newBuilder().addValue(ByteString.copyFrom(bytes)))
                    .build();
        }
        int bound = feature.key().equals("label") ? 2 : CATEGORIES;
        Int64List.Builder integers = Int64List.newBuilder();
        for (int i = feature.layout() == Feature.Layout.RAGGED ? random.nextInt(MOST_RAGGED + 1) : 1; i > 0; i--) {
            integers.addValue(random.nextInt(bound));
        }
        return value.setInt64List(integers).build();
    }
}
