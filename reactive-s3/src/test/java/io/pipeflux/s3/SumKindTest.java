package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.s3.test.S3Server;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SumKindTest {

    @Test
    void sumsAsItsSpecificationSays() {
        assertThat(check(SumKind.CRC32C)).isEqualTo("e3069283");
        assertThat(check(SumKind.CRC32)).isEqualTo("cbf43926");
        assertThat(check(SumKind.CRC64NVME)).isEqualTo("ae8b14860a799888");
        assertThat(check(SumKind.SHA1)).isEqualTo("f7c3bc1d808e04732adf679965ccc34ca7ae3441");
    }

    private static String check(SumKind kind) {
        return HexFormat.of().formatHex(sum(kind, "123456789".getBytes(US_ASCII)));
    }

    @ParameterizedTest
    @EnumSource
    void combinesTheSumsOfPartsToThatOfAll(SumKind kind) {
        if (!kind.isCombinable()) {
            return;
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 300; i++) {
            byte[] all = S3Server.bytes(1 + random.nextInt(5000), i);
            int first = random.nextInt(all.length + 1);
            int second = first + random.nextInt(all.length - first + 1);
            byte[] sum = sum(kind, Arrays.copyOf(all, first));
            sum = kind.combine(sum, sum(kind, Arrays.copyOfRange(all, first, second)), second - first);
            sum = kind.combine(sum, sum(kind, Arrays.copyOfRange(all, second, all.length)), all.length - second);
            assertThat(sum).as("cut at %s and %s", first, second).isEqualTo(sum(kind, all));
        }
    }

    @Test
    void combinesOverLengthsOfMoreThan32Bits() {
        byte[] zeros = new byte[1 << 20];
        byte[] megabyte = sum(SumKind.CRC32C, zeros);
        byte[] doubled = megabyte;
        long length = zeros.length;
        for (; length < 1L << 33; length *= 2) {
            doubled = SumKind.CRC32C.combine(doubled, doubled, length);
        }
        byte[] appended = megabyte;
        long begun = zeros.length;
        for (long step = zeros.length; begun < 1L << 33; begun += step) {
            appended = SumKind.CRC32C.combine(appended, megabyte, step);
        }
        assertThat(doubled).isEqualTo(appended);
    }

    private static byte[] sum(SumKind kind, byte[] bytes) {
        SumKind.Sum sum = kind.start();
        int half = bytes.length / 2;
        sum.update(bytes, 0, half);
        sum.update(bytes, half, bytes.length - half);
        return sum.value();
    }
}
