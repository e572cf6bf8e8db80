package io.pipeflux.records.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.internal.Halves;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.example.proto.Int64List;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares converted columns with what protobuf-java writes, converted one by one; the seed of a failure is in its
 * message.
 */
class ConversionPropertyTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);
    private static final List<DType> NUMBERS =
            Arrays.stream(DType.values()).filter(dtype -> !dtype.hasOffsets()).toList();
    private static final double[] NICE = {0, 1, -1, 127, -128, 128, 255, 256, 32767, 65504, 65535, 65536, 4294967295.0};

    private int fitting;
    private int refused;

    @Test
    void columnsHaveTheValuesThatWereWrittenInTheirOwnType() {
        for (int seed = 0; seed < CASES; seed++) {
            compare(new Random(seed), "seed " + seed);
        }
        assertThat(fitting).isGreaterThan(CASES / 4);
        assertThat(refused).isGreaterThan(CASES / 20);
    }

    private void compare(Random random, String seed) {
        DType source = random.nextInt(3) == 0
                ? (random.nextBoolean() ? DType.FLOAT32 : DType.INT64)
                : NUMBERS.get(random.nextInt(NUMBERS.size()));
        boolean raw = (source != DType.FLOAT32 && source != DType.INT64) || random.nextBoolean();
        ByteOrder order = random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        List<DType> targets = NUMBERS.stream()
                .filter(dtype -> Conversion.isFloating(dtype) || !Conversion.isFloating(source))
                .toList();
        DType target = targets.get(random.nextInt(targets.size()));
        double scale = Conversion.isFloating(target) && random.nextBoolean() ? 1 / 255.0 : 1;
        int layout = random.nextInt(3);
        int width = 1 + random.nextInt(4);
        int kind = random.nextInt(4);

        List<RawRecord> records = new ArrayList<>();
        List<List<Number>> rows = new ArrayList<>();
        for (int row = 1 + random.nextInt(4); row > 0; row--) {
            int count = layout == 0 ? width : layout == 1 ? random.nextInt(6) : width * random.nextInt(4);
            List<Number> values = Stream.generate(() -> value(random, source, kind))
                    .limit(count)
                    .toList();
            rows.add(values);
            records.add(record(values, source, raw, order));
        }
        String what = seed + ", " + source + (raw ? " raw " + order : "") + " to " + target + " * " + scale;
        Feature feature = feature(source, raw, layout, width);
        feature = (raw ? feature.order(order) : feature).castTo(target);
        feature = scale == 1 ? feature : feature.scaledBy(scale);
        check(feature, records, rows, scale, what);
    }

    private static Feature feature(DType source, boolean raw, int layout, int width) {
        boolean floats = source == DType.FLOAT32;
        return switch (layout) {
            case 0 ->
                raw
                        ? Feature.decodeRaw("x", source, width)
                        : floats ? Feature.float32("x", width) : Feature.int64("x", width);
            case 1 -> raw ? Feature.raggedRaw("x", source) : Feature.ragged("x", source);
            default ->
                raw
                        ? Feature.paddedRaw("x", source, width)
                        : floats ? Feature.paddedFloat32("x", 0, width) : Feature.paddedInt64("x", 0, width);
        };
    }

    private void check(Feature feature, List<RawRecord> records, List<List<Number>> rows, double scale, String what) {
        Schema schema = Schema.of(feature).withAllocator(ColumnAllocator.poisoning());
        boolean fits = rows.stream().flatMap(List::stream).allMatch(value -> fits(value, feature, scale));
        if (!fits) {
            refused++;
            for (Schema each : List.of(schema, schema.forgetful())) {
                assertThatThrownBy(() -> each.parse(records))
                        .as(what)
                        .isInstanceOf(SchemaMismatchException.class)
                        .hasMessageContaining("is out of the range of ");
            }
            return;
        }
        fitting++;
        int longest = rows.stream().mapToInt(List::size).max().orElseThrow();
        List<Object> expected = new ArrayList<>();
        for (List<Number> row : rows) {
            row.forEach(value -> expected.add(converted(value, feature, scale)));
            for (int i = row.size(); feature.layout() == Feature.Layout.PADDED && i < longest; i++) {
                expected.add(converted(0L, feature, 1));
            }
        }
        for (Schema each : List.of(schema, schema, schema.forgetful())) {
            Column column = each.parse(records).column("x");
            assertThat(column.dtype()).isEqualTo(feature.dtype());
            assertThat(TestValues.of(column)).as(what).isEqualTo(expected);
        }
    }

    private static Number value(Random random, DType source, int kind) {
        if (Conversion.isFloating(source)) {
            double any = kind == 0
                    ? Double.longBitsToDouble(random.nextLong())
                    : kind == 1 ? random.nextGaussian() * 1e6 : random.nextInt(200) / 8.0;
            double value = random.nextInt(50) == 0 ? Double.POSITIVE_INFINITY : Double.isNaN(any) ? 1 : any;
            return switch (source) {
                case FLOAT16 -> Halves.half(Halves.toHalf(value));
                case BFLOAT16 -> Halves.brain(Halves.toBrain(value));
                case FLOAT32 -> (float) value;
                default -> value;
            };
        }
        long value = kind == 0
                ? random.nextLong()
                : kind == 1 ? (long) NICE[random.nextInt(NICE.length)] : random.nextInt(kind == 2 ? 100 : 2);
        return switch (source) {
            case INT8 -> (long) (byte) value;
            case UINT8 -> value & 0xFF;
            case INT16 -> (long) (short) value;
            case UINT16 -> value & 0xFFFF;
            case INT32 -> (long) (int) value;
            case UINT32 -> value & 0xFFFF_FFFFL;
            case BOOL -> value & 1;
            default -> value;
        };
    }

    private static boolean fits(Number value, Feature feature, double scale) {
        if (Conversion.isFloating(feature.dtype())) {
            double rounded = rounded(value, feature.dtype(), scale);
            return !Double.isInfinite(rounded) || Double.isInfinite(value.doubleValue());
        }
        long integer = value.longValue();
        return switch (feature.dtype()) {
            case INT8 -> integer >= -128 && integer <= 127;
            case UINT8 -> integer >= 0 && integer <= 255;
            case INT16 -> integer >= -32768 && integer <= 32767;
            case UINT16 -> integer >= 0 && integer <= 65535;
            case INT32 -> integer >= -2147483648L && integer <= 2147483647;
            case UINT32 -> integer >= 0 && integer <= 4294967295L;
            case BOOL -> integer == 0 || integer == 1;
            default -> true;
        };
    }

    private static double rounded(Number value, DType target, double scale) {
        double scaled = value.doubleValue() * scale;
        return switch (target) {
            case FLOAT16 -> Halves.half(Halves.toHalf(scaled));
            case BFLOAT16 -> Halves.brain(Halves.toBrain(scaled));
            case FLOAT32 -> scale == 1 ? value.floatValue() : (float) scaled;
            default -> scaled;
        };
    }

    private static Object converted(Number value, Feature feature, double scale) {
        double rounded = rounded(value, feature.dtype(), scale);
        return switch (feature.dtype()) {
            case FLOAT64 -> Double.doubleToRawLongBits(rounded);
            case FLOAT32 -> Float.floatToRawIntBits((float) rounded);
            case FLOAT16 -> Halves.toHalf(rounded);
            case BFLOAT16 -> Halves.toBrain(rounded);
            case INT64 -> value.longValue();
            case INT32, UINT32 -> (int) value.longValue();
            case INT16, UINT16 -> (short) value.longValue();
            default -> (byte) value.longValue();
        };
    }

    private static RawRecord record(List<Number> values, DType source, boolean raw, ByteOrder order) {
        var feature = io.pipeflux.records.example.proto.Feature.newBuilder();
        if (raw) {
            feature.setBytesList(BytesList.newBuilder().addValue(ByteString.copyFrom(bytes(values, source, order))));
        } else if (source == DType.FLOAT32) {
            FloatList.Builder list = FloatList.newBuilder();
            values.forEach(value -> list.addValue(value.floatValue()));
            feature.setFloatList(list);
        } else {
            Int64List.Builder list = Int64List.newBuilder();
            values.forEach(value -> list.addValue(value.longValue()));
            feature.setInt64List(list);
        }
        Example example = Example.newBuilder()
                .setFeatures(Features.newBuilder().putFeature("x", feature.build()))
                .build();
        return RawRecord.of(ByteBuffer.wrap(example.toByteArray()));
    }

    private static ByteBuffer bytes(List<Number> values, DType source, ByteOrder order) {
        ByteBuffer bytes = ByteBuffer.allocate(values.size() * source.bytes()).order(order);
        for (Number value : values) {
            switch (source) {
                case FLOAT64 -> bytes.putDouble(value.doubleValue());
                case FLOAT32 -> bytes.putFloat(value.floatValue());
                case FLOAT16 -> bytes.putShort(Halves.toHalf(value.doubleValue()));
                case BFLOAT16 -> bytes.putShort(Halves.toBrain(value.doubleValue()));
                case INT64 -> bytes.putLong(value.longValue());
                case INT32, UINT32 -> bytes.putInt((int) value.longValue());
                case INT16, UINT16 -> bytes.putShort((short) value.longValue());
                default -> bytes.put((byte) value.longValue());
            }
        }
        return bytes.flip();
    }
}
