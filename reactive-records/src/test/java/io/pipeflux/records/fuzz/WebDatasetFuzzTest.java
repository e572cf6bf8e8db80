package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.rows.Field;
import io.pipeflux.records.rows.RowFormats;
import io.pipeflux.records.rows.RowSchema;
import io.pipeflux.records.rows.WebDataset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Rows of tar archives and their columns; with option 0 the headers' checksums are put right. */
class WebDatasetFuzzTest {

    private static final int BLOCK = 512;
    private static final int SUM = 148; // where in a header, eight bytes
    private static final int SIZE = 124; // twelve

    private static final RowSchema ROWS = WebDataset.of(
            Field.key("key"),
            Field.bytes("image").from("jpg", "seg.png"),
            Field.float32("cls").withDefault(1.0),
            Field.json("json").withDefault("null"));

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        if (input.option(0)) {
            input = input.with(withChecksums(input.data()));
        }
        FuzzCheck.decodes(input, RowFormats.tar(), 4096, row -> FuzzRecords.hash(row, ROWS));
    }

    /** Walks from header to header, by sizes of octal digits. */
    private static byte[] withChecksums(byte[] data) {
        for (long at = 0; at + BLOCK <= data.length; ) {
            int header = (int) at;
            if (data[header] == 0) {
                at += BLOCK; // the end, perhaps
                continue;
            }
            Arrays.fill(data, header + SUM, header + SUM + 8, (byte) ' ');
            int sum = 0;
            for (int i = header; i < header + BLOCK; i++) {
                sum += data[i] & 0xff;
            }
            byte[] digits = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(digits, 0, data, header + SUM, digits.length);
            long size = 0;
            for (int i = header + SIZE; i < header + SIZE + 11 && data[i] >= '0' && data[i] <= '7'; i++) {
                size = size * 8 + data[i] - '0';
            }
            at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
        }
        return data;
    }
}
