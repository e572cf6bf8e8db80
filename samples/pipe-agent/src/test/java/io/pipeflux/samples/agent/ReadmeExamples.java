package io.pipeflux.samples.agent;

import com.google.protobuf.ByteString;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;

/**
 * TFRecords of the README's schema: {@code data}, 1024 float64 as bytes, and {@code labels}, 1 if the sum of data is
 * positive.
 */
final class ReadmeExamples {

    /** Values of {@code data} in a row. */
    static final int COLUMNS = 1024;

    private ReadmeExamples() {}

    /** One row. */
    record Row(double[] data, long label) {

        /** Returns the data's bytes, as they are in the record and in memory of a column. */
        ByteBuffer bytes() {
            ByteBuffer bytes = ByteBuffer.allocate(data.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asDoubleBuffer().put(data);
            return bytes;
        }
    }

    /** Returns rows that are the same in every run. */
    static List<Row> rows(int count) {
        SplittableRandom random = new SplittableRandom(7);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double[] data = random.doubles(COLUMNS, -1, 1).toArray();
            double sum = 0;
            for (double value : data) {
                sum += value;
            }
            rows.add(new Row(data, sum > 0 ? 1 : 0));
        }
        return rows;
    }

    /** Returns the TFRecords of as many rows. */
    static byte[] of(int count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        WritableByteChannel channel = Channels.newChannel(out);
        Flux.fromIterable(rows(count))
                .map(row -> ByteBuffer.wrap(example(row).toByteArray()))
                .transform(TfRecords.encode())
                .doOnNext(frame -> write(channel, frame))
                .blockLast();
        return out.toByteArray();
    }

    private static void write(WritableByteChannel channel, ByteBuffer frame) {
        try {
            channel.write(frame);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Example example(Row row) {
        Feature data = Feature.newBuilder()
                .setBytesList(BytesList.newBuilder().addValue(ByteString.copyFrom(row.bytes())))
                .build();
        Feature label = Feature.newBuilder()
                .setInt64List(Int64List.newBuilder().addValue(row.label()))
                .build();
        return Example.newBuilder()
                .setFeatures(Features.newBuilder().putFeature("data", data).putFeature("labels", label))
                .build();
    }
}
