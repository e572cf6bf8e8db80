package io.pipeflux.samples.training.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class TripDataTest {

    @Test
    void theSameSeedGivesTheSameBytesInEveryJdk() {
        byte[] object = new TripData(100_000, 2, 7).object(1);
        CRC32 crc = new CRC32();
        crc.update(object);

        assertThat(new String(object, StandardCharsets.ISO_8859_1).lines().findFirst())
                .contains(
                        "1,2021-07-16 02:59:12,2021-07-16 03:29:12,1,5.31,1,N,92,110,1,23.27,1.00,0.50,4.65,0.00,0.30,29.72,0.00,0.00");
        assertThat(crc.getValue()).isEqualTo(596413562L);
    }
}
