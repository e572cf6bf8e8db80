package io.pipeflux.samples.training.input;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

/** The files under a directory as objects of an epoch, in the order of their paths. */
final class FileObjects {

    private static final int CHUNK = 256 << 10;

    private FileObjects() {}

    static Flux<ObjectBytes> under(Path directory) {
        return Flux.defer(() -> {
            List<Path> files = list(directory);
            return Flux.range(0, files.size()).map(i -> object(files.get(i), i));
        });
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> found = files.filter(Files::isRegularFile).sorted().toList();
            if (found.isEmpty()) {
                throw ObjectReadException.of("there is no file under it", directory.toString(), null, null);
            }
            return found;
        } catch (IOException e) {
            throw ObjectReadException.of("cannot list it: " + e, directory.toString(), null, e);
        }
    }

    private static ObjectBytes object(Path file, int ordinal) {
        return ObjectBytes.of(file.toString(), ordinal, ObjectBytes.UNKNOWN_SIZE, null, from -> bytes(file, from));
    }

    private static Flux<ByteBuffer> bytes(Path file, long from) {
        return Flux.using(
                () -> FileChannel.open(file).position(from),
                channel -> Flux.generate(sink -> read(channel, sink)),
                FileObjects::close);
    }

    private static void read(FileChannel channel, SynchronousSink<ByteBuffer> sink) {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        try {
            if (channel.read(chunk) < 0) {
                sink.complete();
            } else {
                sink.next(chunk.flip());
            }
        } catch (IOException e) {
            sink.error(e);
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("a file that was read did not close", e);
        }
    }
}
