package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.suite.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import reactor.core.publisher.Flux;

/** Reads what each line of its input names, a kind and a path, and prints the number of bytes, or the error. */
public final class ReaderMain {

    private ReaderMain() {}

    public static void main(String[] args) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 2);
            System.out.println(ForkedJvm.ANSWER + result(reading(words[0], Path.of(words[1]))));
        }
    }

    private static Flux<ByteBuffer> reading(String kind, Path path) {
        return switch (kind) {
            case "root" -> PipeChannels.create(PipeOptions.mlRoot(path)).channel("train");
            case "channel" -> PipeChannels.create(PipeOptions.directory(path)).channel("train");
            case "state" ->
                PipeChannels.create(PipeOptions.directory(path.getParent()).stateDirectory(path))
                        .channel("train");
            case "without-jna" -> PipeWay.FIFO_WITHOUT_JNA.read(path);
            case "fifo" -> NamedPipes.read(path);
            case "socket" -> UnixPipes.read(path);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static String result(Flux<ByteBuffer> bytes) {
        try {
            return "bytes "
                    + bytes.reduce(0L, (sum, chunk) -> sum + chunk.remaining()).block();
        } catch (RuntimeException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
