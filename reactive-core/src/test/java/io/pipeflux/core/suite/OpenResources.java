package io.pipeflux.core.suite;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Counts what a pipeline must give back: descriptors of pipes, and the threads of pipes. */
public final class OpenResources {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = 2_000_000;

    private OpenResources() {}

    /** The targets of this process's descriptors that lie below a directory, such as {@code /tmp/x/train_0}. */
    public static List<String> descriptorsBelow(Path directory) {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(OpenResources::target)
                    .filter(target -> target.startsWith(directory.toString()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many descriptors this process has open. */
    public static int descriptors() {
        String[] descriptors = new File("/proc/self/fd").list();
        return descriptors == null ? 0 : descriptors.length;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    /** The names of the live threads of pipes and channels; timers and the threads of S3 clients end by themselves. */
    public static List<String> pipeThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pipeflux-") && !name.matches("pipeflux-(timer.*|s3-.*)"))
                .toList();
    }

    /**
     * Waits until no descriptor below the directory and no thread of a pipe is left, half a minute at most.
     *
     * @throws AssertionError if some are
     */
    public static void awaitNoneLeft(Path directory) {
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
