package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.s3.StoreObjects;
import io.pipeflux.core.ObjectBytes;
import java.nio.file.Path;
import reactor.core.publisher.Flux;

/** The kinds of sources from which a data set is read. */
enum From {
    /** A file whose content is in the page cache. */
    FILE,
    /** A FIFO with a buffer of 1 MiB, which {@code cat} fills. */
    FIFO,
    /** A FIFO with the default buffer of 64 KiB, which {@code cat} fills. */
    FIFO64,
    /** An S3 store on this machine, in a separate process. */
    S3;

    private static final String STORE = "s3-";

    /** Returns a path that identifies a store's object. The path contains the store's port and the object's size. */
    static Path store(int port, long bytes) {
        return Path.of(STORE + port + "-" + bytes);
    }

    static boolean isStore(Path path) {
        return path.toString().startsWith(STORE);
    }

    /** Returns the object that a path identifies. The path must have been returned by {@link #store}. */
    static Flux<ObjectBytes> objects(Path path) {
        String[] words = path.toString().split("-", -1);
        return StoreObjects.of(Integer.parseInt(words[1]), Long.parseLong(words[2]));
    }
}
