package io.pipeflux.samples.training;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.tfrecord.TfRecords;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** What a training job does after a restart: it begins with the token that it kept beside its model. */
class ResumeTest {

    private static final Schema SCHEMA = Schema.of(Feature.int64("labels"));
    private static final int OBJECTS = 3;
    private static final int RECORDS_OF_AN_OBJECT = 23;
    private static final int EPOCHS = 3;

    @TempDir
    Path directory;

    @Test
    void aTrainingOverPipesGoesOnBehindAnyBatchThoughTheAgentBeginsAtPipeZeroAgain() throws Exception {
        List<ColumnBatch> whole = train(ResumePoint.START, "whole");
        List<Long> rows = labels(whole);
        assertThat(rows).hasSize(EPOCHS * OBJECTS * RECORDS_OF_AN_OBJECT);
        int seen = 0;
        for (ColumnBatch batch : whole) {
            seen += batch.rows();
            ResumePoint token = ResumePoint.fromJson(batch.resumeAt().toJson());
            List<ColumnBatch> rest = train(token, "rest-" + seen);
            assertThat(labels(rest)).isEqualTo(rows.subList(seen, rows.size()));
            if (!rest.isEmpty()) {
                assertThat(rest.get(rest.size() - 1).resumeAt())
                        .isEqualTo(whole.get(whole.size() - 1).resumeAt());
            }
        }
    }

    private List<ColumnBatch> train(ResumePoint start, String name) throws Exception {
        Path data = Files.createDirectories(directory.resolve(name));
        ChannelWriter writer = ChannelWriter.into(data);
        Disposable agent = Flux.range(0, EPOCHS)
                .concatMap(n -> writer.write("train", n, objects(), ObjectBytes::bytes), 0)
                .subscribe();
        Flux<RawRecord> records = PipeChannels.create(PipeOptions.directory(data))
                .channel("train")
                .transform(TfRecords.decode());
        try {
            return records.transform(repeat(EPOCHS))
                    .transform(prefetch(10))
                    .transform(mapAndBatch(16, 2, SCHEMA.batches()))
                    .contextWrite(Pass.resumeAt(start))
                    .collectList()
                    .block();
        } finally {
            agent.dispose();
        }
    }

    private static Flux<ObjectBytes> objects() {
        return Flux.range(0, OBJECTS)
                .map(i -> ObjectBytes.of(
                        "object-" + i,
                        i,
                        ObjectBytes.UNKNOWN_SIZE,
                        null,
                        from -> Flux.range(i * RECORDS_OF_AN_OBJECT, RECORDS_OF_AN_OBJECT)
                                .map(ResumeTest::example)
                                .transform(TfRecords.encode())));
    }

    private static ByteBuffer example(int label) {
        Int64List labels = Int64List.newBuilder().addValue(label).build();
        return ByteBuffer.wrap(Example.newBuilder()
                .setFeatures(Features.newBuilder()
                        .putFeature(
                                "labels",
                                io.pipeflux.records.example.proto.Feature.newBuilder()
                                        .setInt64List(labels)
                                        .build()))
                .build()
                .toByteArray());
    }

    private static List<Long> labels(List<ColumnBatch> batches) {
        List<Long> labels = new ArrayList<>();
        for (ColumnBatch batch : batches) {
            LongBuffer column = batch.column("labels").asLongBuffer();
            while (column.hasRemaining()) {
                labels.add(column.get());
            }
        }
        return labels;
    }
}
