package io.pipeflux.samples.training.docs;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collector;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What snippets take from their reader's program. */
public final class Yours {

    public static final int EPOCHS = 2;
    public static final Schema schema =
            Schema.of(Feature.decodeRaw("data", DType.FLOAT64, 1024), Feature.int64("labels"));
    public static final MeterRegistry registry = new SimpleMeterRegistry();

    public static S3AsyncClient s3;
    public static Flux<ColumnBatch> batches = Flux.empty();
    public static Model model = new Model();

    private Yours() {}

    public static Collector<RawRecord, ?, ColumnBatch> myCsvToDataAndLabels() {
        return CsvSchema.of(CsvField.int64("labels")).batches();
    }

    /** A WebDataset of so many rows of an image and a class. */
    static byte[] shard(int rows) {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        for (int i = 0; i < rows; i++) {
            tar.writeBytes(entry(i + ".jpg"));
            tar.writeBytes(entry(i + ".cls"));
        }
        tar.writeBytes(new byte[1024]);
        return tar.toByteArray();
    }

    /** A file of the one byte {@code 1}. */
    private static byte[] entry(String name) {
        byte[] entry = new byte[1024];
        System.arraycopy(name.getBytes(StandardCharsets.UTF_8), 0, entry, 0, name.length());
        System.arraycopy("00000000001".getBytes(StandardCharsets.UTF_8), 0, entry, 124, 11);
        Arrays.fill(entry, 148, 156, (byte) ' ');
        entry[156] = '0';
        int sum = 0;
        for (byte b : entry) {
            sum += b;
        }
        byte[] octal = String.format(Locale.ROOT, "%06o", sum).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(octal, 0, entry, 148, 6);
        entry[512] = '1';
        return entry;
    }

    /** Counts the rows that it was given. */
    public static final class Model {

        public long rows;

        public void fit(ColumnBatch batch) {
            rows += batch.rows();
        }

        public byte[] toBytes() {
            return Long.toString(rows).getBytes(StandardCharsets.UTF_8);
        }

        public void restore(byte[] state) {
            rows = Long.parseLong(new String(state, StandardCharsets.UTF_8));
        }
    }
}
