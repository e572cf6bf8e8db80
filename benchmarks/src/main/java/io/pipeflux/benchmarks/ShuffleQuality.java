package io.pipeflux.benchmarks;

import static io.pipeflux.core.operator.PipeOperators.shuffle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import reactor.core.publisher.Flux;

/**
 * Measures how well a block shuffle mixes a data set that is sorted by label. For comparison, also measures tf.data's
 * shuffle with a buffer that holds as many rows as the block shuffle does. Prints the table in docs/shuffle.md.
 */
public final class ShuffleQuality {

    private static final int ROWS = 100_000;
    private static final int BATCH = 64;
    private static final int SEEDS = 20;

    private ShuffleQuality() {}

    private record Quality(double run, int longest, double bias, double moved, double furthest) {}

    /** Runs the program, which takes no arguments. */
    public static void main(String[] args) {
        System.out.println(
                "| labels | rows held | shuffle | mean run | longest run | bias of a batch | rows moved, mean | furthest |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (int labels : new int[] {2, 100}) {
            for (int held : new int[] {1_000, 10_000, 50_000, ROWS}) {
                int block = Math.min(held, (int) (held / 1.125) + 1);
                print(labels, held, "blocks", held == ROWS ? ROWS : block);
                print(labels, held, "reservoir", held);
            }
            print(labels, 0, "none", 0);
        }
    }

    private static void print(int labels, int held, String kind, int size) {
        double run = 0;
        int longest = 0;
        double bias = 0;
        double moved = 0;
        double furthest = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            List<Integer> order = order(kind, size, seed);
            Quality quality = quality(order, labels);
            run += quality.run() / SEEDS;
            longest = Math.max(longest, quality.longest());
            bias += quality.bias() / SEEDS;
            moved += quality.moved() / SEEDS;
            furthest = Math.max(furthest, quality.furthest());
        }
        System.out.printf(
                Locale.ROOT,
                "| %d | %,d | %s | %.2f | %,d | %.3f | %,.0f | %,.0f |%n",
                labels,
                held,
                kind,
                run,
                longest,
                bias,
                moved,
                furthest);
    }

    private static List<Integer> order(String kind, int size, long seed) {
        Flux<Integer> rows = Flux.range(0, ROWS);
        return switch (kind) {
            case "blocks" ->
                Objects.requireNonNull(
                        rows.transform(shuffle(size, seed)).collectList().block());
            case "reservoir" -> reservoir(size, seed);
            default -> Objects.requireNonNull(rows.collectList().block());
        };
    }

    /** Shuffles like tf.data: fills a buffer, then repeatedly emits a random row and replaces it with the next row. */
    private static List<Integer> reservoir(int size, long seed) {
        Random random = new Random(seed);
        List<Integer> buffer = new ArrayList<>();
        List<Integer> out = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            if (buffer.size() < size) {
                buffer.add(row);
            } else {
                out.add(buffer.set(random.nextInt(size), row));
            }
        }
        while (!buffer.isEmpty()) {
            int at = random.nextInt(buffer.size());
            out.add(buffer.get(at));
            buffer.set(at, buffer.get(buffer.size() - 1));
            buffer.subList(buffer.size() - 1, buffer.size()).clear();
        }
        return out;
    }

    /**
     * Returns how well an order mixes the data set. In the data set itself, the label of row {@code r} is
     * {@code r * labels / ROWS}.
     */
    private static Quality quality(List<Integer> order, int labels) {
        int runs = 0;
        int length = 0;
        int longest = 0;
        long before = -1;
        double bias = 0;
        double moved = 0;
        double furthest = 0;
        int[] count = new int[labels];
        for (int at = 0; at < ROWS; at++) {
            int row = order.get(at);
            int label = (int) ((long) row * labels / ROWS);
            if (label != before) {
                runs++;
                length = 0;
                before = label;
            }
            longest = Math.max(longest, ++length);
            count[label]++;
            moved += Math.abs(at - row) / (double) ROWS;
            furthest = Math.max(furthest, Math.abs(at - row));
            if ((at + 1) % BATCH == 0) {
                double distance = 0;
                for (int i = 0; i < labels; i++) {
                    distance += Math.abs(count[i] / (double) BATCH - 1.0 / labels) / 2;
                    count[i] = 0;
                }
                bias += distance * BATCH / ROWS;
            }
        }
        return new Quality((double) ROWS / runs, longest, bias, moved, furthest);
    }
}
