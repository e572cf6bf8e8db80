package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteTextTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "0.4, 0 B",
        "1, 1 B",
        "999.4, 999 B",
        "999.6, 1.0 kB",
        "1000, 1.0 kB",
        "12345, 12.3 kB",
        "949999, 950.0 kB",
        "999940, 999.9 kB",
        "999960, 1.0 MB",
        "116100000, 116.1 MB",
        "5000000000, 5000.0 MB"
    })
    void theUnitShowsSmallNumbers(double bytes, String text) {
        assertThat(ByteText.of(bytes)).isEqualTo(text);
    }
}
