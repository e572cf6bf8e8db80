package io.pipeflux.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Finds resources that a pipeline must release: the file descriptors and the threads of pipes. */
final class OpenResources {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = 2_000_000;

    private OpenResources() {}

    static List<String> descriptorsBelow(Path directory) {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(OpenResources::target)
                    .filter(target -> target.startsWith(directory.toString()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // the descriptor was closed in the meantime
            return "";
        }
    }

    /**
     * Returns the names of the threads of pipes. Ignores the threads of timers and S3 clients, because they end on
     * their own.
     */
    static List<String> pipeThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pipeflux-") && !name.matches("pipeflux-(timer.*|s3-.*)"))
                .toList();
    }

    static void awaitNoneLeft(Path directory) {
        long start = System.nanoTime();
        while (true) {
            List<String> descriptors = descriptorsBelow(directory);
            List<String> threads = pipeThreads();
            if (descriptors.isEmpty() && threads.isEmpty()) {
                return;
            }
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new AssertionError(
                        "still open after " + PATIENCE + ": descriptors " + descriptors + ", threads " + threads);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
