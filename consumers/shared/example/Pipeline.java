package example;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The pipeline of the README, over a pipe and over S3. */
public final class Pipeline {

    private Pipeline() {}

    public static void overPipe() throws IOException {
        Path root = Data.startAgent();
        train("pipe", PipeChannels.create(PipeOptions.mlRoot(root)).channel("train").transform(TfRecords.decode()));
    }

    public static void overS3(SdkAsyncHttpClient.Builder<?> http) {
        try (S3AsyncClient s3 = Data.client(http)) {
            Flux<RawRecord> records =
                    S3Channels.prefix(s3, Data.upload(s3)).objects().transform(TfRecords.decodeObjects());
            train("S3 with " + http.getClass().getSimpleName(), records);
        }
    }

    private static void train(String what, Flux<RawRecord> records) {
        Flux<ColumnBatch> batches = records.transform(repeat(Data.EPOCHS))
                .transform(prefetch(10))
                .transform(mapAndBatch(64, 2, Data.SCHEMA.batches()));
        long[] total = new long[2];
        try (Stream<ColumnBatch> stream = batches.toStream(1)) {
            stream.forEach(batch -> {
                total[0] += batch.rows();
                total[1] += Data.sum(batch);
            });
        }
        Data.check(what, total[0], total[1]);
    }
}
