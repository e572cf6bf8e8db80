package io.pipeflux.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.io.DecodeCsv;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/**
 * 10,000 batches of lines, right and wrong ones, by {@link CsvSchema} and by TensorFlow's {@code DecodeCSV}: the same
 * values, or both refuse. Left out is what differs, on purpose:
 *
 * <ul>
 *   <li>{@code +7} is an integer here, as {@code +7.0} is a number; TensorFlow takes the latter only.
 *   <li>{@code -Infinity} is a number here; TensorFlow takes {@code Infinity} and {@code -inf} only.
 *   <li>Numbers too small for a full mantissa are kept here; TensorFlow's threads make them 0, for speed.
 * </ul>
 */
@Tag("natives")
class DecodeCsvTest {

    private static final int SCHEMAS = 250;
    private static final int BATCHES = 40;
    private static final List<String> ODD = List.of(
            "",
            " 7",
            "7 ",
            "-0",
            "0x1F",
            "-0X1a",
            "0x1000003",
            "0x11111111111111111111111111111",
            "1e3",
            "1.5",
            ".5",
            "5.",
            "nan",
            "NaN",
            "inf",
            "-inf",
            "1e400",
            "1e-400",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "NA",
            "abc",
            "1f",
            "1_000",
            "\"\"",
            "\"7\"",
            "\" 7\"",
            "\"a\"\"b\"",
            "\"a,b\"",
            "\"a",
            "a\"b",
            "\"a\"b",
            "\r",
            "- 7",
            "--7",
            "1e",
            "0x",
            "00012",
            "\u00fc",
            "1,2",
            "0x1p3",
            "infinit",
            "1 2",
            "\t3");

    @BeforeAll
    static void natives() {
        Natives.require();
    }

    private enum Kind {
        INT32,
        INT64,
        FLOAT32,
        FLOAT64,
        BYTES
    }

    private record Column(String name, Kind kind, boolean optional) {

        CsvField field() {
            return switch (kind) {
                case INT32 -> optional ? CsvField.int32(name).withDefault(-3L) : CsvField.int32(name);
                case INT64 -> optional ? CsvField.int64(name).withDefault(-3L) : CsvField.int64(name);
                case FLOAT32 -> optional ? CsvField.float32(name).withDefault(2.5) : CsvField.float32(name);
                case FLOAT64 -> optional ? CsvField.float64(name).withDefault(2.5) : CsvField.float64(name);
                case BYTES -> optional ? CsvField.bytes(name).withDefault("no") : CsvField.bytes(name);
            };
        }

        Operand<?> missing(Ops tf) {
            return switch (kind) {
                case INT32 -> optional ? tf.array(-3) : Kernels.required(tf, TInt32.class);
                case INT64 -> optional ? tf.array(-3L) : Kernels.required(tf, TInt64.class);
                case FLOAT32 -> optional ? tf.array(2.5f) : Kernels.required(tf, TFloat32.class);
                case FLOAT64 -> optional ? tf.array(2.5) : Kernels.required(tf, TFloat64.class);
                case BYTES -> optional ? tf.array("no") : Kernels.required(tf, TString.class);
            };
        }

        String text(Random random) {
            if (random.nextInt(12) == 0) {
                return ODD.get(random.nextInt(ODD.size()));
            }
            return switch (kind) {
                case INT32 -> Integer.toString(random.nextInt() >> random.nextInt(32));
                case INT64 -> Long.toString(random.nextLong() >> random.nextInt(64));
                case FLOAT32 -> Float.toString(Float.intBitsToFloat(random.nextInt() & 0xBFFFFFFF | 1 << 29));
                case FLOAT64 -> Double.toString(Double.longBitsToDouble(random.nextLong() & ~(1L << 62) | 1L << 61));
                case BYTES -> "s" + random.nextInt(100);
            };
        }
    }

    @Test
    void theValuesAreThoseOfTensorFlow() {
        int accepted = 0;
        for (int seed = 0; seed < SCHEMAS; seed++) {
            Random random = new Random(seed);
            List<Column> columns = IntStream.range(0, 1 + random.nextInt(5))
                    .mapToObj(i -> new Column("c" + i, Kind.values()[random.nextInt(5)], random.nextBoolean()))
                    .toList();
            boolean quotes = random.nextInt(4) > 0;
            String na = random.nextBoolean() ? "" : "NA";
            try (Graph graph = new Graph();
                    Session session = new Session(graph)) {
                Ops tf = Ops.create(graph);
                List<Operand<?>> missing = new ArrayList<>();
                columns.forEach(column -> missing.add(column.missing(tf)));
                List<Output<?>> outputs = DecodeCsv.create(
                                tf.scope(),
                                tf.withName(Kernels.RECORDS).placeholder(TString.class),
                                missing,
                                DecodeCsv.useQuoteDelim(quotes),
                                DecodeCsv.naValue(na))
                        .output();
                CsvSchema schema = CsvSchema.of(
                                columns.stream().map(Column::field).toArray(CsvField[]::new))
                        .quotes(quotes)
                        .naValue(na);
                for (int i = 0; i < BATCHES; i++) {
                    List<String> lines = IntStream.range(0, 1 + random.nextInt(3))
                            .mapToObj(row -> columns.stream()
                                    .map(column -> column.text(random))
                                    .collect(Collectors.joining(",")))
                            .toList();
                    List<RawRecord> records = lines.stream()
                            .map(line -> RawRecord.of(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8))))
                            .toList();
                    Optional<List<String>> theirs = Kernels.run(session, records, outputs);
                    Optional<List<String>> ours = Kernels.parse(() -> schema.parse(records));
                    assertThat(ours)
                            .as("%s, quotes %s, NA \"%s\", seed %d: %s", schema, quotes, na, seed, lines)
                            .isEqualTo(theirs);
                    accepted += ours.isPresent() ? 1 : 0;
                }
            }
        }
        assertThat(accepted).isBetween(SCHEMAS * BATCHES / 4, SCHEMAS * BATCHES * 9 / 10);
    }
}
