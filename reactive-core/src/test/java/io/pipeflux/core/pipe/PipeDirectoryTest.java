package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.suite.OpenResources;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** Gives each test a directory for pipes, and demands that nothing of them is left open. */
abstract class PipeDirectoryTest {

    @TempDir
    Path directory;

    /** The first pipe of the channel {@code train}, which the test makes. */
    Path pipe;

    @BeforeEach
    void name() {
        pipe = directory.resolve("train_0");
    }

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
    }

    /** Reads everything, beginning now. */
    static CompletableFuture<String> text(Flux<ByteBuffer> bytes) {
        return bytes.map(chunk -> UTF_8.decode(chunk).toString())
                .reduce("", String::concat)
                .toFuture();
    }
}
