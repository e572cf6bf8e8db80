package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class DemoDataTest {

    @Test
    void theSameSeedGivesTheSameBytesInEveryJdk() {
        ColumnSums sums = new ColumnSums(16);
        byte[] object = new DemoData("train", 100, 2, 16, 1).object(1, sums);
        CRC32 crc = new CRC32();
        crc.update(object);

        assertThat(object).hasSize(9100);
        assertThat(crc.getValue()).isEqualTo(4123013995L);
    }
}
