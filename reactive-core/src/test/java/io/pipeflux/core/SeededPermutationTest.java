package io.pipeflux.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeededPermutationTest {

    /** The numbers come from another program (Python), written after the Javadoc. */
    @Test
    void givesTheOrderThatItsJavadocDefines() {
        assertThat(SeededPermutation.of(10, 42, 0)).containsExactly(3, 0, 8, 6, 9, 2, 5, 1, 4, 7);
        assertThat(SeededPermutation.of(10, 42, 1)).containsExactly(6, 0, 7, 9, 4, 8, 3, 5, 1, 2);
        assertThat(SeededPermutation.of(10, 42, 0, 1)).containsExactly(9, 0, 2, 3, 8, 7, 5, 1, 6, 4);
        assertThat(SeededPermutation.of(10, -1, 0)).containsExactly(9, 7, 8, 6, 4, 1, 5, 2, 3, 0);
        int[] thousand = SeededPermutation.of(1000, 7, 3, 5);
        assertThat(Arrays.copyOf(thousand, 5)).containsExactly(732, 390, 844, 461, 827);
        assertThat(IntStream.range(0, 1000)
                        .mapToLong(i -> (i + 1L) * thousand[i])
                        .sum())
                .isEqualTo(251_889_936);
    }

    @Test
    void permutesElementsAsItPermutesNumbers() {
        Integer[] elements = IntStream.range(0, 100).boxed().toArray(Integer[]::new);
        SeededPermutation.permute(elements, 90, 1, 2, 3);
        int[] order = SeededPermutation.of(90, 1, 2, 3);
        for (int i = 0; i < 100; i++) {
            assertThat(elements[i]).isEqualTo(i < 90 ? order[i] : i);
        }
    }

    @Test
    void holdsEachNumberOnce() {
        for (int n : new int[] {0, 1, 2, 3, 64, 1000, 100_003}) {
            int[] order = SeededPermutation.of(n, 99, 4);
            Arrays.sort(order);
            assertThat(order).isEqualTo(IntStream.range(0, n).toArray());
        }
        assertThatThrownBy(() -> SeededPermutation.of(-1, 0, 0)).hasMessage("expected n >= 0, but got -1");
    }

    /** Chi-square with 24 orders of 4 elements: 23 degrees of freedom, 49.7 is passed once in a thousand seeds. */
    @Test
    void givesAllOrdersEquallyOften() {
        for (int dimension = 0; dimension < 3; dimension++) {
            int[] count = new int[256];
            int draws = 48_000;
            for (int i = 0; i < draws; i++) {
                int[] order =
                        SeededPermutation.of(4, dimension == 0 ? i : 1, dimension == 1 ? i : 2, dimension == 2 ? i : 3);
                count[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
            }
            double expected = draws / 24.0;
            assertThat(Arrays.stream(count).filter(c -> c > 0)).hasSize(24);
            assertThat(Arrays.stream(count)
                            .filter(c -> c > 0)
                            .mapToDouble(c -> (c - expected) * (c - expected) / expected)
                            .sum())
                    .isLessThan(49.7);
        }
    }
}
