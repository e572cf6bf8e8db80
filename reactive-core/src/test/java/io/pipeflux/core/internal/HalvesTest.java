package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class HalvesTest {

    private static final int ALL = 1 << 16;

    @Test
    void everyHalfIsItsOwnFloat() {
        for (int i = 0; i < ALL; i++) {
            short bits = (short) i;
            assertSame(bits, Halves.toHalf(Halves.half(bits)), Halves.half(bits), 1 << 9);
            assertSame(bits, Halves.toBrain(Halves.brain(bits)), Halves.brain(bits), 1 << 6);
        }
        assertThat(Halves.half((short) 1)).isEqualTo(0x1p-24f);
        assertThat(Halves.half((short) 0x7BFF)).isEqualTo(65504f);
        assertThat(Halves.brain((short) 0x3F80)).isEqualTo(1f);
    }

    /** A NaN may become quiet. */
    private static void assertSame(short expected, short found, float value, int quiet) {
        assertThat(found).isEqualTo(Float.isNaN(value) ? (short) (expected | quiet) : expected);
    }

    @Test
    void aNumberIsRoundedToTheNearestAndToTheEvenOneBetweenTwo() {
        assertNearest(Halves::toHalf, Halves::half, 0x7C00, -30, 18);
        assertNearest(Halves::toBrain, Halves::brain, 0x7F80, -140, 130);
    }

    private static void assertNearest(
            DoubleFunction<Short> round, Function<Short, Float> value, int infinity, int least, int most) {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            double number = Math.scalb(1 + random.nextDouble(), least + random.nextInt(most - least));
            int found = round.apply(number);
            assertThat(round.apply(-number)).isEqualTo((short) (found | 0x8000));
            double below = found == 0 ? -1 : (value.apply((short) (found - 1)) + at(value, found, infinity)) / 2;
            assertThat(number).isGreaterThanOrEqualTo(below);
            if (found < infinity) {
                double above = (at(value, found, infinity) + at(value, found + 1, infinity)) / 2;
                assertThat(number).isLessThanOrEqualTo(above);
            }
        }
        for (int i = 0; i < infinity; i++) {
            double between = (at(value, i, infinity) + at(value, i + 1, infinity)) / 2;
            assertThat(round.apply(between)).isEqualTo((short) (i + (i & 1)));
        }
        assertThat(round.apply(Double.MAX_VALUE)).isEqualTo((short) infinity);
        assertThat(round.apply(Double.NEGATIVE_INFINITY)).isEqualTo((short) (infinity | 0x8000));
        assertThat(round.apply(Double.MIN_VALUE)).isEqualTo((short) 0);
        assertThat(round.apply(-0.0)).isEqualTo((short) 0x8000);
    }

    /** The value of a magnitude; of infinity the one it would have if there were an exponent more. */
    private static double at(Function<Short, Float> value, int magnitude, int infinity) {
        return magnitude < infinity
                ? value.apply((short) magnitude)
                : 2.0 * value.apply((short) (infinity - 1)) - value.apply((short) (infinity - 2));
    }
}
