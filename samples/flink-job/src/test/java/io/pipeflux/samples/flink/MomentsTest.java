package io.pipeflux.samples.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MomentsTest {

    private static final int COLUMNS = 3;

    private static double[] rows(int count) {
        Random random = new Random(1);
        double[] rows = new double[count * COLUMNS];
        for (int k = 0; k < count; k++) {
            double common = random.nextGaussian();
            for (int i = 0; i < COLUMNS; i++) {
                rows[k * COLUMNS + i] = 100 * i + common * i + random.nextGaussian();
            }
        }
        return rows;
    }

    @Test
    void anyCutsGiveTheSame() {
        double[] rows = rows(1000);
        Moments all = Moments.none(COLUMNS);
        all.add(rows);
        Moments[] parts = {Moments.none(COLUMNS), Moments.none(COLUMNS), Moments.none(COLUMNS)};
        Random random = new Random(2);
        for (int at = 0; at < rows.length; ) {
            int end = Math.min(rows.length, at + COLUMNS * random.nextInt(70));
            parts[random.nextInt(2)].add(Arrays.copyOfRange(rows, at, end)); // the last part has no rows
            at = end;
        }
        Moments merged = Moments.none(COLUMNS);
        for (Moments part : parts) {
            merged.add(Moments.of(COLUMNS, part.toArray()));
        }
        assertThat(merged.rows()).isEqualTo(1000);
        assertThat(merged.differenceFrom(all)).isLessThan(1e-12);
    }

    @Test
    void meansAndVariancesAreThoseOfTheDefinition() {
        double[] rows = rows(500);
        Moments moments = Moments.none(COLUMNS);
        moments.add(rows);
        for (int i = 0; i < COLUMNS; i++) {
            double sum = 0;
            for (int k = 0; k < 500; k++) {
                sum += rows[k * COLUMNS + i];
            }
            double squares = 0;
            for (int k = 0; k < 500; k++) {
                squares += Math.pow(rows[k * COLUMNS + i] - sum / 500, 2);
            }
            assertThat(moments.mean(i)).isCloseTo(sum / 500, within(1e-10));
            assertThat(moments.variance(i)).isCloseTo(squares / 499, within(1e-10));
        }
        assertThat(moments.componentShares().stream().mapToDouble(x -> x).sum()).isCloseTo(1, within(1e-12));
        assertThat(moments.componentShares().get(0)).isGreaterThan(0.5);
    }

    @Test
    void arraysOfOtherColumnsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Moments.of(COLUMNS, new double[3]));
    }
}
