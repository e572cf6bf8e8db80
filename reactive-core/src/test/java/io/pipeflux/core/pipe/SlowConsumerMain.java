package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads 64 MiB of a pipe that this process fills itself. Pauses after each chunk, and prints the bytes and pauses. */
final class SlowConsumerMain {

    private SlowConsumerMain() {}

    public static void main(String[] args) {
        int chunkBytes = 64 << 10;
        Path pipe = Path.of(args[0], "train_0");
        NamedPipes.create(pipe);
        NamedPipes.write(pipe, Flux.range(0, 1024).map(i -> ByteBuffer.allocate(chunkBytes)))
                .subscribe();
        AtomicLong pauses = new AtomicLong();
        Long bytes = PipeChannels.create(PipeOptions.directory(Path.of(args[0])).chunkBytes(chunkBytes))
                .channel("train")
                .concatMap(
                        chunk -> Mono.delay(Duration.ofMillis(1)).map(tick -> {
                            pauses.incrementAndGet();
                            return (long) chunk.remaining();
                        }),
                        0)
                .reduce(0L, Long::sum)
                .block();
        System.out.println(bytes + " bytes, at least 1000 pauses: " + (pauses.get() >= 1000));
    }
}
