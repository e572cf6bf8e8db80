package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.OpenResources;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** Both ends are cancelled at any moment, in either order, {@code pipeflux.rounds} times. */
class PipeRaceTest {

    private static final int ROUNDS = Integer.getInteger("pipeflux.rounds", 50);
    private static final int LATEST_NANOS = 3_000_000;

    @TempDir
    Path directory;

    private final List<Throwable> dropped = new CopyOnWriteArrayList<>();

    @BeforeEach
    void hook() {
        Hooks.onErrorDropped(dropped::add);
    }

    @AfterEach
    void unhook() {
        Hooks.resetOnErrorDropped();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cancellingAtAnyMomentLeavesNothingAndDropsNoError(boolean socket) {
        warmUp(socket);
        Random random = new Random(7);
        int before = OpenResources.descriptors();
        for (int n = 0; n < ROUNDS / 2; n++) {
            round(n, socket, true, random);
        }
        OpenResources.awaitNoneLeft(directory);
        assertThat(dropped).isEmpty();
        for (int n = ROUNDS / 2; n < ROUNDS; n++) {
            round(n, socket, false, random);
        }
        OpenResources.awaitNoneLeft(directory);
        await().untilAsserted(() -> assertThat(OpenResources.descriptors()).isLessThanOrEqualTo(before));
        // the error about a writer that left was on its way when its reader was cancelled, too
        assertThat(dropped).allSatisfy(e -> assertThat(e).hasCauseInstanceOf(WriterLostException.class));
    }

    /**
     * Loads classes, opens jars and the descriptors that the JDK keeps: each side blocks, is left, and is cancelled.
     */
    private void warmUp(boolean socket) {
        Pipe left = new Pipe("left", socket);
        left.reading.take(2).subscribe();
        assertThat(left.writing.block()).isNotNull();
        Pipe blocked = new Pipe("blocked", socket);
        PipelineMonitor monitor = PipelineMonitor.create("test");
        Disposable writer = blocked.writing.contextWrite(monitor.watch()).subscribe(end -> {}, e -> {});
        Disposable reader = blocked.reading.concatMap(chunk -> Flux.never(), 1).subscribe(chunk -> {}, e -> {});
        await().until(() -> monitor.waits().toString().contains("the reader to take"));
        writer.dispose();
        reader.dispose();
        Pipe silent =
                new Pipe("silent", socket, Flux.just(ByteBuffer.allocate(1)).concatWith(Flux.never()));
        Disposable last = silent.writing.subscribe();
        silent.reading.take(Duration.ofMillis(100)).blockLast();
        last.dispose();
        OpenResources.awaitNoneLeft(directory);
        dropped.clear();
    }

    private final class Pipe {

        final Mono<PipeWrite> writing;
        final Flux<ByteBuffer> reading;

        Pipe(String name, boolean socket) {
            this(name, socket, Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(1 + i % 100_000)));
        }

        Pipe(String name, boolean socket, Flux<ByteBuffer> bytes) {
            Path path = directory.resolve(name);
            if (!socket) {
                NamedPipes.create(path);
            }
            writing = socket ? UnixPipes.write(path, bytes) : NamedPipes.write(path, bytes);
            reading = socket ? UnixPipes.read(path) : NamedPipes.read(path);
        }
    }

    private void round(int n, boolean socket, boolean readerFirst, Random random) {
        Pipe pipe = new Pipe("pipe" + n, socket);
        Disposable writer = pipe.writing.subscribe(end -> {}, e -> {});
        Disposable reader = pipe.reading.subscribe(chunk -> {}, e -> {}); // a writer that is cancelled first is lost
        LockSupport.parkNanos(random.nextInt(LATEST_NANOS));
        (readerFirst ? reader : writer).dispose();
        LockSupport.parkNanos(random.nextInt(LATEST_NANOS) / 10);
        (readerFirst ? writer : reader).dispose();
    }
}
