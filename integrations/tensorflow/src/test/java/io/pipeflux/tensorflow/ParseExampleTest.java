package io.pipeflux.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.example.proto.Int64List;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.io.ParseExample;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * 10,000 batches of examples, right and wrong ones, by {@link Schema} and by TensorFlow's {@code ParseExampleV2} and
 * {@code DecodeRaw}: the same values, or both refuse.
 */
@Tag("natives")
class ParseExampleTest {

    private static final int SCHEMAS = 250;
    private static final int BATCHES = 40;

    @BeforeAll
    static void natives() {
        Natives.require();
    }

    private enum Kind {
        FLOAT(TFloat32.class),
        INT(TInt64.class),
        BYTES(TString.class),
        RAW(TString.class);

        private final Class<? extends TType> type;

        Kind(Class<? extends TType> type) {
            this.type = type;
        }
    }

    /** @param ragged whether rows have any number of values, else as many as the shape has */
    private record Spec(String key, Kind kind, boolean ragged, int[] shape) {

        static Spec random(int i, Random random) {
            Kind kind = Kind.values()[random.nextInt(4)];
            int[] shape = random.ints(random.nextInt(3), 1, 4).toArray();
            return new Spec("k" + i, kind, kind != Kind.RAW && random.nextInt(3) == 0, shape);
        }

        int size() {
            return IntStream.of(shape).reduce(1, (a, b) -> a * b);
        }

        io.pipeflux.records.example.Feature feature() {
            if (ragged) {
                return io.pipeflux.records.example.Feature.ragged(
                        key, kind == Kind.FLOAT ? DType.FLOAT32 : kind == Kind.INT ? DType.INT64 : DType.BYTES);
            }
            return switch (kind) {
                case FLOAT -> io.pipeflux.records.example.Feature.float32(key, shape);
                case INT -> io.pipeflux.records.example.Feature.int64(key, shape);
                case BYTES -> io.pipeflux.records.example.Feature.bytes(key, shape);
                case RAW -> io.pipeflux.records.example.Feature.decodeRaw(key, DType.FLOAT64, size());
            };
        }

        Shape dense() {
            return kind == Kind.RAW ? Shape.scalar() : Shape.of(TensorCopies.longs(shape));
        }
    }

    @Test
    void theValuesAreThoseOfTensorFlow() {
        int accepted = 0;
        for (int seed = 0; seed < SCHEMAS; seed++) {
            Random random = new Random(seed);
            List<Spec> specs = IntStream.range(0, 1 + random.nextInt(5))
                    .mapToObj(i -> Spec.random(i, random))
                    .toList();
            try (Graph graph = new Graph();
                    Session session = new Session(graph)) {
                List<Output<?>> outputs = outputs(Ops.create(graph), specs);
                Schema schema = Schema.of(
                        specs.stream().map(Spec::feature).toArray(io.pipeflux.records.example.Feature[]::new));
                for (int i = 0; i < BATCHES; i++) {
                    List<RawRecord> records = IntStream.range(0, 1 + random.nextInt(4))
                            .mapToObj(row -> record(specs, random))
                            .toList();
                    Optional<List<String>> theirs = Kernels.run(session, records, outputs);
                    Optional<List<String>> ours = Kernels.parse(() -> schema.parse(records));
                    assertThat(ours)
                            .as("%s, seed %d, batch %d: %s", schema, seed, i, records)
                            .isEqualTo(theirs);
                    accepted += ours.isPresent() ? 1 : 0;
                }
            }
        }
        assertThat(accepted).isBetween(SCHEMAS * BATCHES / 4, SCHEMAS * BATCHES * 9 / 10);
    }

    /** In the order of the specs, of ragged ones the values and the row splits. */
    private static List<Output<?>> outputs(Ops tf, List<Spec> specs) {
        List<Spec> dense = specs.stream().filter(spec -> !spec.ragged).toList();
        List<Spec> ragged = specs.stream().filter(Spec::ragged).toList();
        List<Operand<?>> required = new ArrayList<>();
        dense.forEach(spec -> required.add(Kernels.required(tf, spec.kind.type)));
        List<Class<? extends TType>> raggedTypes = new ArrayList<>();
        ragged.forEach(spec -> raggedTypes.add(spec.kind.type));
        ParseExample parsed = ParseExample.create(
                tf.scope(),
                tf.withName(Kernels.RECORDS).placeholder(TString.class),
                Kernels.required(tf, TString.class),
                Kernels.required(tf, TString.class),
                keys(tf, dense),
                keys(tf, ragged),
                required,
                0L,
                List.of(),
                raggedTypes,
                Collections.nCopies(ragged.size(), TInt32.class),
                dense.stream().map(Spec::dense).toList());
        List<Output<?>> outputs = new ArrayList<>();
        for (Spec spec : specs) {
            if (spec.ragged) {
                outputs.add(parsed.raggedValues().get(ragged.indexOf(spec)));
                outputs.add(parsed.raggedRowSplits().get(ragged.indexOf(spec)));
            } else {
                Output<?> values = parsed.denseValues().get(dense.indexOf(spec));
                outputs.add(spec.kind == Kind.RAW ? numbers(tf, values, spec) : values);
            }
        }
        return outputs;
    }

    @SuppressWarnings("unchecked") // strings
    private static Output<?> numbers(Ops tf, Output<?> values, Spec spec) {
        Operand<TFloat64> decoded =
                tf.io.decodeRaw((Output<TString>) values, TFloat64.class).output();
        return tf.ensureShape(decoded, Shape.of(Shape.UNKNOWN_SIZE, spec.size()))
                .asOutput();
    }

    private static Operand<TString> keys(Ops tf, List<Spec> specs) {
        return specs.isEmpty()
                ? Kernels.required(tf, TString.class)
                : tf.constant(
                        StandardCharsets.UTF_8, specs.stream().map(Spec::key).toArray(String[]::new));
    }

    /** Of ten, some have entries in another order, twice, of a wrong kind or number, others lack them or have more. */
    private static RawRecord record(List<Spec> specs, Random random) {
        List<ByteString> entries = new ArrayList<>();
        for (Spec spec : specs) {
            int odd = random.nextInt(40);
            Spec as = odd == 0 ? Spec.random(0, random) : spec;
            if (odd == 1) {
                entries.add(entry(spec.key, value(spec, random, 1 + random.nextInt(3))));
            }
            if (odd != 2) {
                int more = odd == 3 ? 1 : 0;
                entries.add(entry(spec.key, odd == 4 ? Feature.getDefaultInstance() : value(as, random, more)));
            }
        }
        if (random.nextInt(4) == 0) {
            Collections.shuffle(entries, random);
            entries.add(entry("other", value(Spec.random(0, random), random, 0)));
        }
        ByteString features = entries.stream().reduce(ByteString.EMPTY, ByteString::concat);
        return RawRecord.of(UnknownFieldSet.newBuilder()
                .addField(
                        1,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(features)
                                .build())
                .build()
                .toByteString()
                .asReadOnlyByteBuffer());
    }

    private static ByteString entry(String key, Feature value) {
        return Features.newBuilder().putFeature(key, value).build().toByteString();
    }

    private static Feature value(Spec spec, Random random, int more) {
        int count = more + (spec.ragged ? random.nextInt(4) : spec.kind == Kind.RAW ? 1 : spec.size());
        Feature.Builder feature = Feature.newBuilder();
        switch (spec.kind) {
            case FLOAT -> {
                FloatList.Builder floats = FloatList.newBuilder();
                IntStream.range(0, count).forEach(i -> floats.addValue(Float.intBitsToFloat(random.nextInt())));
                feature.setFloatList(floats);
            }
            case INT -> {
                Int64List.Builder ints = Int64List.newBuilder();
                IntStream.range(0, count).forEach(i -> ints.addValue(random.nextLong() >> random.nextInt(64)));
                feature.setInt64List(ints);
            }
            default -> {
                BytesList.Builder strings = BytesList.newBuilder();
                int length = spec.kind == Kind.RAW ? 8 * spec.size() + (more == 0 ? 0 : 8) : random.nextInt(5);
                for (int i = 0; i < (spec.kind == Kind.RAW ? 1 : count); i++) {
                    byte[] bytes = new byte[length];
                    random.nextBytes(bytes);
                    strings.addValue(ByteString.copyFrom(bytes));
                }
                feature.setBytesList(strings);
            }
        }
        return feature.build();
    }
}
