package io.pipeflux.core.pipe;

import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.core.suite.ThrowablesContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** A reader's subscriber that throws, wherever it does, gets its end, and nothing is left. */
class PipeReaderThrowablesTest {

    @TempDir
    Path directory;

    private final List<Disposable> writers = new CopyOnWriteArrayList<>();
    private final AtomicInteger pipes = new AtomicInteger();

    @AfterEach
    void nothingIsLeft() {
        writers.forEach(Disposable::dispose); // of readers that have thrown before they opened their pipe
        OpenResources.awaitNoneLeft(directory);
    }

    @TestFactory
    Stream<DynamicNode> everySubscriberGetsItsEnd() {
        ThrowablesContract contract = new ThrowablesContract();
        Arrays.stream(PipeWay.values()).forEach(way -> contract.source(way.toString(), () -> pipe(way)));
        return contract.tests();
    }

    /** A pipe of its own, with a writer that waits for its reader. */
    private Flux<ByteBuffer> pipe(PipeWay way) {
        Path pipe = directory.resolve("pipe_" + pipes.getAndIncrement());
        try {
            way.make(pipe);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Flux<ByteBuffer> chunks = Flux.range(0, 3).map(i -> ByteBuffer.allocate(300 << 10));
        writers.add(
                way.write(pipe, chunks).subscribe(end -> {}, e -> {})); // without JNA a reader that leaves is an error
        return way.read(pipe);
    }
}
