package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstBytesTest {

    @ParameterizedTest
    @CsvSource({
        "GZIP, 1f8b0800",
        "RecordIO, 0a23d7ce01000000",
        "TFRecord, 000000000000000029039807",
        "Arrow stream, ffffffff70000000",
        "Arrow stream of a version before 0.15, 940000001000000000000a000e000600050008000a000000",
        "Arrow file, 4152524f57310000",
        "Parquet, 50415231",
        "Avro, 4f626a01",
        "ORC, 4f5243",
        "NumPy, 934e554d50590100",
        "HDF5, 894844460d0a1a0a",
        "ZIP, 504b0304",
        "Zstandard, 28b52ffd",
        "a JPEG image, ffd8ffe0",
        "a PNG image, 89504e470d0a1a0a",
        "a GIF image, 474946383961",
        "a WebP image, 524946460000000057454250",
        "UTF-8 text with a byte order mark, efbbbf61",
        "UTF-16 text, fffe6100",
        "text, 7b22613a"
    })
    void knowsWhatTheBytesAre(String format, String hex) {
        byte[] head = HexFormat.of().parseHex(hex);
        String expected = format.equals("TFRecord") ? "RecordIO" : "TFRecord";

        assertThat(FirstBytes.hint(head, expected)).startsWith("; the first bytes are those of " + format);
        assertThat(FirstBytes.hint(head, "RecordIO (DMLC)").isEmpty()).isEqualTo(format.equals("RecordIO"));
    }

    @Test
    void knowsTarAndZlib() throws IOException {
        byte[] tar = new byte[512];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        ByteArrayOutputStream zlib = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(zlib)) {
            out.write("something to deflate".getBytes(StandardCharsets.US_ASCII));
        }

        assertThat(FirstBytes.hint(tar, "TFRecord")).contains("tar: ");
        assertThat(FirstBytes.hint(zlib.toByteArray(), "TFRecord")).contains("ZLIB: ");
        assertThat(FirstBytes.hint(zlib.toByteArray(), "ZLIB")).isEmpty();
    }

    @Test
    void saysNothingOfRandomBytesAndOfTextThatAFormatOfTextFinds() {
        Random random = new Random(1);
        int named = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] head = new byte[32];
            random.nextBytes(head);
            named += FirstBytes.hint(head, "TFRecord").isEmpty() ? 0 : 1;
        }

        assertThat(named).isLessThan(5);
        assertThat(FirstBytes.hint("[1, 2]".getBytes(StandardCharsets.US_ASCII), "ManifestFile"))
                .isEmpty();
        assertThat(FirstBytes.hint(new byte[0], "TFRecord")).isEmpty();
        assertThat(FirstBytes.hint(Arrays.copyOf(new byte[] {0x1f}, 1), "TFRecord"))
                .isEmpty();
    }
}
