package io.pipeflux.benchmarks;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.json.JsonField;
import io.pipeflux.records.json.JsonSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Measures how fast JSON Lines are parsed into columns, in batches of 64 rows. Each line contains ten values that the
 * schema names, and two fields that the schema does not name. One peer is a loop over Jackson's tokens, written by hand
 * for these lines. The other peer only reads the tokens.
 *
 * <pre>
 *   {"id":1,"item":{"title":"...","price":12.5},"clicked":true,"tags":[1,2,3,4,5,6],"agent":"...","seen":[1,2]}
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class JsonParseBenchmark {

    private static final int BATCH = 64;
    private static final int VALUES = 10;
    private static final int TAGS = 6;

    private final JsonSchema schema = JsonSchema.of(
            JsonField.int64("id", "$.id"),
            JsonField.utf8("title", "$.item.title"),
            JsonField.float32("price", "$.item.price"),
            JsonField.bool("clicked", "$.clicked"),
            JsonField.int32("tags", "$.tags[*]"));
    private final List<RawRecord> lines = lines();
    private final JsonFactory json = new JsonFactory();

    private static List<RawRecord> lines() {
        Random random = new Random(1);
        return IntStream.range(0, BATCH)
                .mapToObj(i -> String.format(
                        Locale.ROOT,
                        "{\"id\":%d,\"item\":{\"title\":\"title %06d\",\"price\":%.2f},\"clicked\":%b,\"tags\":[%s],"
                                + "\"agent\":\"an agent of no interest\",\"seen\":[%d,%d]}",
                        random.nextLong() >>> 20,
                        random.nextInt(1_000_000),
                        random.nextFloat() * 1000,
                        random.nextBoolean(),
                        random.ints(TAGS, 0, 100_000)
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(",")),
                        random.nextInt(),
                        random.nextInt()))
                .map(line -> RawRecord.of(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8))))
                .toList();
    }

    /** Measures Pipeflux. The result is the time per value. */
    @Benchmark
    @OperationsPerInvocation(BATCH * VALUES)
    public void toColumns(Blackhole sink) {
        sink.consume(lines.stream().collect(schema.batches()));
    }

    /** Measures the handwritten loop, which fills arrays. */
    @Benchmark
    @OperationsPerInvocation(BATCH * VALUES)
    public void jacksonByHand(Blackhole sink) {
        sink.consume(new ByHand().read(lines));
    }

    /** Measures only the reading of the tokens, without converting or storing any value. */
    @Benchmark
    @OperationsPerInvocation(BATCH * VALUES)
    public void jacksonTokens(Blackhole sink) {
        for (RawRecord line : lines) {
            try (JsonParser tokens = open(line)) {
                for (JsonToken token = tokens.nextToken(); token != null; token = tokens.nextToken()) {
                    sink.consume(token);
                }
            }
        }
    }

    private JsonParser open(RawRecord line) {
        return json.createParser(ObjectReadContext.empty(), line.array(), line.arrayOffset(), line.size());
    }

    private final class ByHand {

        private final long[] ids = new long[BATCH];
        private final String[] titles = new String[BATCH];
        private final float[] prices = new float[BATCH];
        private final boolean[] clicked = new boolean[BATCH];
        private final int[] splits = new int[BATCH + 1];
        private int[] tags = new int[BATCH];
        private int count;

        ByHand read(List<RawRecord> all) {
            for (int row = 0; row < BATCH; row++) {
                try (JsonParser tokens = open(all.get(row))) {
                    tokens.nextToken();
                    object(tokens, row);
                }
                splits[row + 1] = count;
            }
            return this;
        }

        private void object(JsonParser tokens, int row) {
            for (String name = tokens.nextName(); name != null; name = tokens.nextName()) {
                tokens.nextToken();
                switch (name) {
                    case "id" -> ids[row] = tokens.getLongValue();
                    case "item" -> object(tokens, row);
                    case "title" -> titles[row] = tokens.getString();
                    case "price" -> prices[row] = tokens.getFloatValue();
                    case "clicked" -> clicked[row] = tokens.getBooleanValue();
                    case "tags" -> tags(tokens);
                    default -> tokens.skipChildren();
                }
            }
        }

        private void tags(JsonParser tokens) {
            while (tokens.nextToken() != JsonToken.END_ARRAY) {
                if (count == tags.length) {
                    tags = Arrays.copyOf(tags, 2 * count);
                }
                tags[count++] = tokens.getIntValue();
            }
        }
    }
}
