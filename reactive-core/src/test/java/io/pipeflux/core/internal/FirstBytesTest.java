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
import org.junit.jupiter.params.provider.ValueSource;

class FirstBytesTest {

    @ParameterizedTest
    @CsvSource({
        "GZIP, 1f8b0800",
        "RecordIO, 0a23d7ce01000000",
        "TFRecord, 000000000000000029039807",
        "Arrow stream, ffffffff70000000",
        "Arrow stream of a version before 0.15, 940000001000000000000a000e000600050008000a000000",
        "Arrow file, 4152524f57310000",
        "Parquet, 5041523115041500",
        "encrypted Parquet, 5041524515041500",
        "Avro, 4f626a01",
        "ORC, 4f52431100000a06",
        "Hadoop's SequenceFile, 53455106196f72672e",
        "bzip2, 425a6839314159265359d800",
        "bzip2, 425a683117724538509000000000",
        "NumPy, 934e554d50590100",
        "HDF5, 894844460d0a1a0a",
        "ZIP, 504b0304",
        "Zstandard, 28b52ffd",
        "a JPEG image, ffd8ffe0",
        "a PNG image, 89504e470d0a1a0a",
        "a GIF image, 47494638396101000100",
        "a WebP image, 524946460000000057454250",
        "UTF-8 text with a byte order mark, efbbbf61",
        "UTF-16 text, fffe6100",
        "UTF-16 text, feff0061",
        "UTF-32 text, fffe000061000000",
        "UTF-32 text, 0000feff00000061",
        "text, 7b22613a",
        "text, c3bc626572",
        "text, 616263c3"
    })
    void knowsWhatTheBytesAre(String format, String hex) {
        byte[] head = HexFormat.of().parseHex(hex);
        String expected = format.equals("TFRecord") ? "RecordIO" : "TFRecord";

        assertThat(FirstBytes.hint(head, expected)).startsWith("; the first bytes are those of " + format);
        assertThat(FirstBytes.hint(head, "RecordIO (DMLC)").isEmpty()).isEqualTo(format.equals("RecordIO"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SEQ,NAME\n1,a\n",
                "SEQUENCE_ID,NAME",
                "ORCL,2024",
                "ORC,ELF",
                "PARENT,CHILD",
                "PAR1,PAR2",
                "PARE",
                "BZh,a",
                "BZh91AY&SY",
                "GIF89a,size",
                "GIF8,a",
                "ARROW1,x",
                "name,a,bWEBP",
                "RIFF,a,bWEBP",
                "MM*,a",
                "x^2 is a square",
                "\u00fcber,SEQ"
            })
    void textThatBeginsAsAFormatDoesIsText(String text) {
        byte[] head = text.getBytes(StandardCharsets.UTF_8);

        assertThat(FirstBytes.hint(head, "TFRecord")).contains("those of text: ");
        assertThat(FirstBytes.hint(head, "ManifestFile")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ffffffffffffffffffffffffffffffff",
                "ffffffff00000000",
                "ffffffff00000080",
                "53455153000000",
                "425a683900000000000000",
                "4152524f57312c00",
                "6e616d652c612c6257454250000000"
            })
    void theBeginningOfAMagicNumberIsNotEnough(String hex) {
        assertThat(FirstBytes.hint(HexFormat.of().parseHex(hex), "TFRecord")).isEmpty();
    }

    @Test
    void anArchiveWhoseNameFillsTheFirstBytesIsNoText() {
        byte[] tar = new byte[512];
        Arrays.fill(tar, 0, 100, (byte) 'n');
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);

        assertThat(FirstBytes.hint(tar, "TFRecord")).contains("tar: ");
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
