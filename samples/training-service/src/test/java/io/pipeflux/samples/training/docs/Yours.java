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
import java.nio.charset.StandardCharsets;
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
