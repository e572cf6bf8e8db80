package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.s3.StoreObjects;
import io.pipeflux.core.ObjectBytes;
import java.nio.file.Path;
import reactor.core.publisher.Flux;

/** The source that a data set is read from. */
enum From {
    /** A file that is in memory. */
    FILE,
    /** A FIFO of 1 MiB that {@code cat} fills. */
    FIFO,
    /** A FIFO of the usual 64 KiB that {@code cat} fills. */
    FIFO64,
    /** An S3 store on this machine, in a separate process. */
    S3;

    private static final String STORE = "s3-";

    /** Returns a path whose name contains the port of a store and the size of its object. */
    static Path store(int port, long bytes) {
        return Path.of(STORE + port + "-" + bytes);
    }

    static boolean isStore(Path path) {
        return path.toString().startsWith(STORE);
    }

    /** Returns the object for a path that {@link #store} has returned. */
    static Flux<ObjectBytes> objects(Path path) {
        String[] words = path.toString().split("-", -1);
        return StoreObjects.of(Integer.parseInt(words[1]), Long.parseLong(words[2]));
    }
}
