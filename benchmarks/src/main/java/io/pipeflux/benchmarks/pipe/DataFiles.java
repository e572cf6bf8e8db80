package io.pipeflux.benchmarks.pipe;

import com.google.protobuf.ByteString;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import reactor.core.publisher.Flux;

/**
 * The TFRecord files of the data sets {@code seed}, {@code big} and {@code small}, whose records have 1024, 65,536 and
 * 1 float64 values, respectively.
 */
final class DataFiles {

    private DataFiles() {}

    static int values(String set) {
        return switch (set) {
            case "seed" -> 1024;
            case "big" -> 65_536;
            case "small" -> 1;
            default -> throw new IllegalArgumentException("expected seed, big or small, but got " + set);
        };
    }

    /**
     * Writes a data set, unless its file already exists. The file repeats the data set's first 64 records, because the
     * speed of decoding does not depend on the values.
     */
    static Path write(Path directory, String set, long bytes) throws IOException {
        Path file = directory.resolve(set + ".tfrecord");
        if (Files.exists(file)) {
            return file;
        }
        Random random = new Random(42);
        ByteBuffer block = Flux.range(0, 64)
                .map(i -> ByteBuffer.wrap(example(values(set), random).toByteArray()))
                .transform(TfRecords.encode())
                .reduce(DataFiles::join)
                .blockOptional()
                .orElseThrow();
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (out.position() < bytes) {
                out.write(block.duplicate());
            }
        }
        return file;
    }

    private static ByteBuffer join(ByteBuffer a, ByteBuffer b) {
        return ByteBuffer.allocate(a.remaining() + b.remaining()).put(a).put(b).flip();
    }

    private static Example example(int values, Random random) {
        ByteBuffer data = ByteBuffer.allocate(values * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            data.putDouble(random.nextDouble());
        }
        Features features = Features.newBuilder()
                .putFeature(
                        "data",
                        io.pipeflux.records.example.proto.Feature.newBuilder()
                                .setBytesList(BytesList.newBuilder().addValue(ByteString.copyFrom(data.flip())))
                                .build())
                .putFeature(
                        "labels",
                        io.pipeflux.records.example.proto.Feature.newBuilder()
                                .setInt64List(Int64List.newBuilder().addValue(random.nextInt(2)))
                                .build())
                .build();
        return Example.newBuilder().setFeatures(features).build();
    }
}
