package io.pipeflux.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ByteSharesTest {

    private final Random random = new Random(5);

    @Test
    void sharesAsTheRuleInItsPlainestForm() {
        LongSupplier[] kinds = {
            () -> random.nextInt(4), // many equal sizes, and empty elements
            () -> random.nextInt(1 << 17), // on both sides of a digit
            () -> (long) Math.exp(20 + random.nextGaussian()),
            () -> random.nextLong(1L << 50),
        };
        for (LongSupplier kind : kinds) {
            for (int round = 0; round < 50; round++) {
                long[] sizes =
                        LongStream.generate(kind).limit(random.nextInt(200)).toArray();
                int count = 1 + random.nextInt(20);

                assertThat(ByteShares.of(sizes, count)).isEqualTo(plainly(sizes, count));
            }
        }
    }

    @Test
    void sortsTheLargestLongs() {
        long[] sizes = {0, Long.MAX_VALUE, 1, Long.MAX_VALUE, Long.MAX_VALUE - 1};

        assertThat(ByteShares.largestFirst(sizes)).containsExactly(1, 3, 4, 2, 0);
    }

    @Test
    void moreHostsThanElements() {
        assertThat(ByteShares.of(new long[] {1, 3, 2}, 1_000)).containsExactly(2, 0, 1);
        assertThat(ByteShares.of(new long[0], 1_000)).isEmpty();
    }

    private static int[] plainly(long[] sizes, int count) {
        long[] bytes = new long[count];
        int[] elements = new int[count];
        int[] shares = new int[sizes.length];
        IntStream.range(0, sizes.length)
                .boxed()
                .sorted(Comparator.comparing(i -> -sizes[i])) // stable
                .forEach(i -> {
                    int least = 0;
                    for (int host = 1; host < count; host++) {
                        if (bytes[host] < bytes[least]
                                || bytes[host] == bytes[least] && elements[host] < elements[least]) {
                            least = host;
                        }
                    }
                    shares[i] = least;
                    bytes[least] += sizes[i];
                    elements[least]++;
                });
        return shares;
    }
}
