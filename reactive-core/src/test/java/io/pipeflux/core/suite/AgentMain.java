package io.pipeflux.core.suite;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.pipe.NamedPipes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Flux;

/**
 * An agent in a process of its own: writes a file into the channel {@code train}, one epoch at each line of its input,
 * and prints what came of it. Arguments: the directory of pipes, the file, a seed, and how it writes.
 */
public final class AgentMain {

    private static final int MOST_CHUNKS = 40;

    private AgentMain() {}

    /** How it writes; chunks have random lengths. */
    public enum Pace {
        /** As fast as it can. */
        FAST,
        /** With a random pause before each chunk. */
        PAUSES,
        /** All bytes, then nothing: their end does not come. */
        NO_END
    }

    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]);
        byte[] bytes = Files.readAllBytes(Path.of(args[1]));
        Pace pace = Pace.valueOf(args[3]);
        ChannelWriter writer = ChannelWriter.into(directory);
        writer.removeLeftOvers("train");
        loadEverything(directory);
        answer("ready");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (int epoch = 0; input.readLine() != null; epoch++) {
            Random random = new Random(Long.parseLong(args[2]) + epoch);
            ObjectBytes object = ObjectBytes.of("object", 0, bytes.length, null, from -> chunks(bytes, random, pace));
            try {
                answer(writer.write("train", epoch, Flux.just(object), ObjectBytes::bytes)
                        .block());
            } catch (RuntimeException e) {
                answer("failed: " + e.getClass().getSimpleName());
            }
        }
    }

    private static void answer(Object answer) {
        System.out.println(ForkedJvm.ANSWER + answer);
    }

    /** JNA unpacks its library into a file, which a test may forbid later. */
    private static void loadEverything(Path directory) throws IOException {
        Path pipe = directory.resolve("loading");
        NamedPipes.create(pipe);
        Files.delete(pipe);
    }

    private static Flux<ByteBuffer> chunks(byte[] bytes, Random random, Pace pace) {
        Flux<ByteBuffer> chunks = Flux.generate(() -> 0, (at, sink) -> {
            if (at == bytes.length) {
                sink.complete();
                return at;
            }
            if (pace == Pace.PAUSES) {
                LockSupport.parkNanos(random.nextInt(10_000_000));
            }
            int length = Math.min(bytes.length - at, 1 + random.nextInt(2 * bytes.length / MOST_CHUNKS));
            sink.next(ByteBuffer.wrap(bytes, at, length));
            return at + length;
        });
        return pace == Pace.NO_END ? chunks.concatWith(Flux.never()) : chunks;
    }
}
