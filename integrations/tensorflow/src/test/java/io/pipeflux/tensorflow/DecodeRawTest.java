package io.pipeflux.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.io.ParseExample;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * 10,000 batches of numbers in byte strings, of right and wrong lengths, in both byte orders, by {@link Schema} and by
 * TensorFlow's {@code DecodeRaw}, {@code DecodePaddedRaw}, {@code Cast} and {@code Mul}: the same values, or both
 * refuse. Left out is what differs, on purpose:
 *
 * <ul>
 *   <li>A byte of a bool other than 0 and 1 is refused here.
 *   <li>A number beyond the range of the type that it is cast to is refused here. TensorFlow wraps it, or makes it
 *       infinite.
 *   <li>A padded value whose bytes are not a whole number of numbers is refused here. TensorFlow fills the last number
 *       with zeros.
 *   <li>A {@code float64} is rounded to a half type once here. TensorFlow rounds it to a {@code float32} first.
 *   <li>Numbers too small for a full mantissa are kept here when they are cast. TensorFlow's threads make them 0.
 *   <li>TensorFlow has no {@code DecodeRaw} of {@code uint32}, and no {@code DecodePaddedRaw} of bools and half types.
 * </ul>
 */
@Tag("natives")
class DecodeRawTest {

    private static final int SCHEMAS = 250;
    private static final int BATCHES = 40;

    @BeforeAll
    static void natives() {
        Natives.require();
    }

    /** A type of numbers in byte strings, and the types that they are cast to without loss of range. */
    private enum Source {
        INT8(DType.INT8, DataType.DT_INT8, Target.INT32, Target.INT64, Target.FLOAT32, Target.FLOAT16, Target.BFLOAT16),
        UINT8(DType.UINT8, DataType.DT_UINT8, Target.SAME, Target.INT32, Target.FLOAT32, Target.FLOAT16),
        INT16(DType.INT16, DataType.DT_INT16, Target.INT32, Target.INT64, Target.FLOAT32, Target.FLOAT64),
        UINT16(DType.UINT16, DataType.DT_UINT16, Target.SAME, Target.INT32, Target.FLOAT32, Target.BFLOAT16),
        INT32(DType.INT32, DataType.DT_INT32, Target.SAME, Target.INT64, Target.FLOAT32, Target.FLOAT64),
        INT64(DType.INT64, DataType.DT_INT64, Target.SAME, Target.FLOAT32, Target.FLOAT64),
        BOOL(DType.BOOL, DataType.DT_BOOL, Target.SAME, Target.INT32, Target.FLOAT32),
        FLOAT16(DType.FLOAT16, DataType.DT_HALF, Target.SAME, Target.FLOAT32, Target.FLOAT64),
        BFLOAT16(DType.BFLOAT16, DataType.DT_BFLOAT16, Target.SAME, Target.FLOAT32, Target.FLOAT64),
        FLOAT32(DType.FLOAT32, DataType.DT_FLOAT, Target.SAME, Target.FLOAT64, Target.FLOAT16, Target.BFLOAT16),
        FLOAT64(DType.FLOAT64, DataType.DT_DOUBLE, Target.SAME, Target.FLOAT32);

        private final DType dtype;
        private final DataType theirs;
        private final List<Target> targets;

        Source(DType dtype, DataType theirs, Target... targets) {
            this.dtype = dtype;
            this.theirs = theirs;
            this.targets = List.of(targets);
        }

        /** Returns whether {@code DecodePaddedRaw} has the type. */
        boolean isPadded() {
            return this != BOOL && this != FLOAT16 && this != BFLOAT16;
        }

        /** Puts a number of any size if it is not cast, else one that the half types have room for. */
        void put(ByteBuffer bytes, Random random, Target target) {
            boolean any = target == Target.SAME;
            switch (this) {
                case FLOAT64 -> bytes.putDouble(any ? Double.longBitsToDouble(random.nextLong()) : number(random));
                case FLOAT32 -> bytes.putFloat(any ? Float.intBitsToFloat(random.nextInt()) : (float) number(random));
                case FLOAT16 -> bytes.putShort((short) (random.nextInt() & (any ? 0xFFFF : 0xBFFF)));
                case BFLOAT16 ->
                    bytes.putShort((short)
                            (any ? random.nextInt() : Float.floatToRawIntBits((float) number(random)) >>> Short.SIZE));
                case INT64 -> bytes.putLong(random.nextLong() >> random.nextInt(64));
                case INT32 -> bytes.putInt(random.nextInt() >> random.nextInt(32));
                case INT16, UINT16 -> bytes.putShort((short) random.nextInt());
                case BOOL -> bytes.put((byte) random.nextInt(2));
                default -> bytes.put((byte) random.nextInt());
            }
        }

        private static double number(Random random) {
            return switch (random.nextInt(20)) {
                case 0 -> Double.POSITIVE_INFINITY;
                case 1 -> -0.0;
                case 2 -> random.nextGaussian() * 1e-6; // denormal as a half
                default -> random.nextGaussian() * 1000;
            };
        }
    }

    private enum Target {
        SAME(null, null),
        INT32(DType.INT32, TInt32.class),
        INT64(DType.INT64, TInt64.class),
        FLOAT16(DType.FLOAT16, TFloat16.class),
        BFLOAT16(DType.BFLOAT16, TBfloat16.class),
        FLOAT32(DType.FLOAT32, TFloat32.class),
        FLOAT64(DType.FLOAT64, TFloat64.class);

        private final DType dtype;
        private final Class<? extends TType> type;

        Target(DType dtype, Class<? extends TType> type) {
            this.dtype = dtype;
            this.type = type;
        }
    }

    /** @param size the numbers of a row, or of a step of a padded one */
    private record Spec(String key, Source source, Target target, boolean big, boolean padded, int size, double scale) {

        static Spec random(int i, Random random) {
            Source source = Source.values()[random.nextInt(Source.values().length)];
            Target target = source.targets.get(random.nextInt(source.targets.size()));
            boolean padded = source.isPadded() && random.nextInt(3) == 0;
            boolean scaled = (target == Target.FLOAT32 || target == Target.FLOAT64) && random.nextBoolean();
            return new Spec(
                    "k" + i,
                    source,
                    target,
                    random.nextBoolean(),
                    padded,
                    1 + random.nextInt(4),
                    scaled ? 1 / (1.0 + random.nextInt(300)) : 1);
        }

        io.pipeflux.records.example.Feature feature() {
            var raw = padded
                    ? io.pipeflux.records.example.Feature.paddedRaw(key, source.dtype, size)
                    : io.pipeflux.records.example.Feature.decodeRaw(key, source.dtype, size);
            var ordered = raw.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            var cast = target == Target.SAME ? ordered : ordered.castTo(target.dtype);
            return scale == 1 ? cast : cast.scaledBy(scale);
        }

        Output<?> numbers(Ops tf, Output<TString> values) {
            Operand<?> raw = padded ? decoded(tf, values, longest(tf, values)) : decoded(tf, values, null);
            Operand<?> cast = scale == 1 ? raw : tf.math.mul(tf.dtypes.cast(raw, TFloat64.class), tf.constant(scale));
            Operand<?> typed = target == Target.SAME ? cast : tf.dtypes.cast(cast, target.type);
            return padded
                    ? tf.reshape(typed, tf.concat(List.of(tf.shape(values), tf.array(-1, size)), tf.constant(0)))
                            .asOutput()
                    : tf.ensureShape(typed, Shape.of(Shape.UNKNOWN_SIZE, size)).asOutput();
        }

        /** Returns how many steps each row has, as the column beside a padded one. */
        Output<?> lengths(Ops tf, Output<TString> values) {
            return tf.dtypes
                    .cast(
                            tf.math.div(tf.strings.stringLength(values), tf.constant(size * source.dtype.bytes())),
                            TInt64.class)
                    .asOutput();
        }

        /** By the operation itself: the classes of TensorFlow-Java lack some of the types. */
        private Operand<?> decoded(Ops tf, Output<TString> values, Operand<TInt32> length) {
            OperationBuilder decode = tf.scope()
                    .opBuilder(padded ? "DecodePaddedRaw" : "DecodeRaw", "decode" + key)
                    .addInput(values);
            if (padded) {
                decode.addInput(length.asOutput());
            }
            return decode.setAttr("out_type", source.theirs)
                    .setAttr("little_endian", !big)
                    .build()
                    .output(0);
        }

        /**
         * Returns the bytes of the longest row, at least one step's: rows of no bytes cannot be padded by TensorFlow.
         */
        private Operand<TInt32> longest(Ops tf, Output<TString> values) {
            return tf.math.maximum(
                    tf.reduceMax(tf.strings.stringLength(values), tf.constant(0)),
                    tf.constant(size * source.dtype.bytes()));
        }
    }

    @Test
    void theNumbersAreThoseOfTensorFlow() {
        int accepted = 0;
        for (int seed = 0; seed < SCHEMAS; seed++) {
            Random random = new Random(seed);
            List<Spec> specs = IntStream.range(0, 1 + random.nextInt(4))
                    .mapToObj(i -> Spec.random(i, random))
                    .toList();
            try (Graph graph = new Graph();
                    Session session = new Session(graph)) {
                List<Output<?>> outputs = outputs(Ops.create(graph), specs);
                Schema schema = Schema.of(
                        specs.stream().map(Spec::feature).toArray(io.pipeflux.records.example.Feature[]::new));
                for (int i = 0; i < BATCHES; i++) {
                    List<RawRecord> records = records(specs, random);
                    Optional<List<String>> theirs = Kernels.run(session, records, outputs);
                    Optional<List<String>> ours = Kernels.parse(() -> schema.parse(records));
                    assertThat(ours).as("%s, seed %d, batch %d", specs, seed, i).isEqualTo(theirs);
                    accepted += ours.isPresent() ? 1 : 0;
                }
            }
        }
        assertThat(accepted).isBetween(SCHEMAS * BATCHES / 4, SCHEMAS * BATCHES * 9 / 10);
    }

    private static List<Output<?>> outputs(Ops tf, List<Spec> specs) {
        ParseExample parsed = ParseExample.create(
                tf.scope(),
                tf.withName(Kernels.RECORDS).placeholder(TString.class),
                Kernels.required(tf, TString.class),
                Kernels.required(tf, TString.class),
                tf.array(specs.stream().map(Spec::key).toArray(String[]::new)),
                Kernels.required(tf, TString.class),
                Collections.nCopies(specs.size(), Kernels.required(tf, TString.class)),
                0L,
                List.of(),
                List.of(),
                List.of(),
                Collections.nCopies(specs.size(), Shape.scalar()));
        List<Output<?>> outputs = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            Output<TString> values = strings(parsed.denseValues().get(i));
            outputs.add(specs.get(i).numbers(tf, values));
            if (specs.get(i).padded) {
                outputs.add(specs.get(i).lengths(tf, values));
            }
        }
        return outputs;
    }

    @SuppressWarnings("unchecked") // strings
    private static Output<TString> strings(Output<?> values) {
        return (Output<TString>) values;
    }

    /** Of some batches, one value has other bytes than the others; of some, all have bytes too many or too few. */
    private static List<RawRecord> records(List<Spec> specs, Random random) {
        int rows = 1 + random.nextInt(4);
        int odd = random.nextInt(4) == 0 ? random.nextInt(specs.size()) : -1;
        boolean all = random.nextBoolean();
        int row = random.nextInt(rows);
        int by = random.nextInt(9) - 4;
        return Stream.iterate(0, i -> i + 1)
                .limit(rows)
                .map(i -> record(specs, random, all || i == row ? odd : -1, by))
                .toList();
    }

    private static RawRecord record(List<Spec> specs, Random random, int odd, int by) {
        Features.Builder features = Features.newBuilder();
        for (int i = 0; i < specs.size(); i++) {
            Spec spec = specs.get(i);
            int count = spec.padded ? spec.size * (1 + random.nextInt(3)) : spec.size;
            ByteBuffer bytes = ByteBuffer.allocate(count * spec.source.dtype.bytes())
                    .order(spec.big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) {
                spec.source.put(bytes, random, spec.target);
            }
            int length = i == odd && !spec.padded ? Math.max(0, bytes.capacity() + by) : bytes.capacity();
            ByteString value = ByteString.copyFrom(Arrays.copyOf(bytes.array(), length));
            features.putFeature(
                    spec.key,
                    Feature.newBuilder()
                            .setBytesList(BytesList.newBuilder().addValue(value))
                            .build());
        }
        return RawRecord.of(Example.newBuilder()
                .setFeatures(features)
                .build()
                .toByteString()
                .asReadOnlyByteBuffer());
    }
}
