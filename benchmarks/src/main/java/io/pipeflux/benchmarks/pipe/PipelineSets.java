package io.pipeflux.benchmarks.pipe;

import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;

/**
 * The data files of {@link PipelinePeers}, each in its own directory. The data set {@code text} consists of lines of
 * 100 ints, and all other data sets consist of TFRecords.
 */
final class PipelineSets {

    static final String TEXT = "text";
    static final int FIELDS = 100;
    static final int BATCH = 64;
    // a file repeats one block of data; this is the block's approximate size in bytes
    private static final int BLOCK = 1 << 20;

    private PipelineSets() {}

    /** Writes a data set, unless its file already exists. Returns the file, which has at least {@code bytes} bytes. */
    static Path write(Path directory, String set, long bytes) throws IOException {
        Path file = Files.createDirectories(directory.resolve(set)).resolve("data");
        // If the file's length is wrong, an earlier run was stopped while it was writing the file.
        if (!Files.exists(file) || Files.size(file) < bytes || Files.size(file) > bytes + 2 * BLOCK) {
            ByteBuffer block = ByteBuffer.wrap(set.equals(TEXT) ? lines() : records(set));
            try (FileChannel out = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                while (out.position() < bytes) {
                    out.write(block.duplicate());
                }
            }
        }
        return file;
    }

    private static byte[] lines() {
        Random random = new Random(1);
        return IntStream.range(0, BLOCK / (6 * FIELDS))
                .mapToObj(i -> random.ints(FIELDS, 0, 100_000)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",", "", "\n")))
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] records(String set) {
        int size = ExampleSets.records(set, 1).get(0).size();
        return Flux.fromIterable(ExampleSets.records(set, Math.max(1, BLOCK / size)))
                .map(record -> record.bytes())
                .transform(TfRecords.encode())
                .collect(ByteArrayOutputStream::new, PipelineSets::append)
                .map(ByteArrayOutputStream::toByteArray)
                .blockOptional()
                .orElseThrow();
    }

    private static void append(ByteArrayOutputStream to, ByteBuffer chunk) {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.get(bytes);
        to.writeBytes(bytes);
    }
}
