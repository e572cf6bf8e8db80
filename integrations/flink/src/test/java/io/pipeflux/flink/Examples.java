package io.pipeflux.flink;

import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import reactor.core.publisher.Flux;

/** Files of records, TFRecords unless another encoder is given, each an Example with a number. */
final class Examples {

    private Examples() {}

    /** Writes a record for each number, whose feature {@code id} it is. */
    static void write(Path file, long from, long to) throws IOException {
        write(file, from, to, TfRecords.encode());
    }

    static void write(Path file, long from, long to, Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode)
            throws IOException {
        List<ByteBuffer> frames = Flux.fromStream(LongStream.range(from, to).mapToObj(Examples::example))
                .transform(encode)
                .collectList()
                .block();
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (ByteBuffer frame : frames) {
                while (frame.hasRemaining()) {
                    out.write(frame);
                }
            }
        }
    }

    private static ByteBuffer example(long i) {
        Feature id = Feature.newBuilder()
                .setInt64List(Int64List.newBuilder().addValue(i))
                .build();
        return Example.newBuilder()
                .setFeatures(Features.newBuilder().putFeature("id", id))
                .build()
                .toByteString()
                .asReadOnlyByteBuffer();
    }
}
