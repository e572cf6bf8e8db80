package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.suite.OpenResources;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * What a process does with FIFOs that it may only read, or only write. Each line of its input has the way, what to do
 * and the FIFO; it prints what came of it, then {@code done}.
 */
final class OneWayMain {

    private OneWayMain() {}

    public static void main(String[] args) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", 3);
            run(PipeWay.valueOf(words[0]), words[1], Path.of(words[2]));
            System.out.println("done");
        }
    }

    private static void run(PipeWay way, String what, Path fifo) {
        System.out.println(Files.isReadable(fifo) + " " + Files.isWritable(fifo));
        switch (what) {
            case "read" -> read(way, fifo, Duration.ZERO);
            case "readUntilTimeout" -> read(way, fifo, Duration.ofMillis(200));
            case "write" -> System.out.println(way.write(fifo, chunks(1000)).block());
            case "writeEndlessly" ->
                System.out.println(way.write(fifo, chunks(Integer.MAX_VALUE)).block());
            case "cancelRead" -> cancel(way.read(fifo).subscribe());
            case "cancelWrite" ->
                cancel(way.write(fifo, chunks(Integer.MAX_VALUE)).subscribe());
            default -> throw new IllegalArgumentException(what);
        }
    }

    private static Flux<ByteBuffer> chunks(int count) {
        return Flux.range(0, count).map(i -> ByteBuffer.allocate(1000));
    }

    private static void read(PipeWay way, Path fifo, Duration openTimeout) {
        PipeOptions options = PipeOptions.directory(fifo.getParent()).openTimeout(openTimeout);
        way.read(fifo, options, () -> {
                    System.out.println("a writer");
                    awaitFile(fifo.resolveSibling("go"));
                })
                .reduce(0L, (sum, chunk) -> sum + chunk.remaining())
                .subscribe(
                        sum -> System.out.println("bytes " + sum),
                        e -> System.out.println(e.getCause().getClass().getSimpleName()));
        awaitNoThread();
    }

    /** When its thread waits, most probably; if it does not yet, that is right, too. */
    private static void cancel(Disposable subscription) {
        LockSupport.parkNanos(200_000_000);
        subscription.dispose();
        awaitNoThread();
        System.out.println("released");
    }

    private static void awaitFile(Path file) {
        while (!Files.exists(file)) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** The thread that opens without JNA may stay: see {@link PlainFifoSystem}. */
    private static void awaitNoThread() {
        while (OpenResources.pipeThreads().stream().anyMatch(name -> !name.startsWith("pipeflux-open-"))) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
