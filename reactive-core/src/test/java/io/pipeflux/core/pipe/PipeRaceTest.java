package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.test.OpenResources;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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
    private static final int WARM_UP = 20;
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
        Random random = new Random(7);
        for (int n = -WARM_UP; n < 0; n++) { // loads classes, opens jars and the JDK's own descriptors
            round(n, socket, n % 2 == 0, random);
        }
        OpenResources.awaitNoneLeft(directory);
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

    private void round(int n, boolean socket, boolean readerFirst, Random random) {
        Path pipe = directory.resolve("pipe" + n);
        Flux<ByteBuffer> endless = Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(1 + i % 100_000));
        Mono<PipeWrite> writing;
        Flux<ByteBuffer> reading;
        if (socket) {
            writing = UnixPipes.write(pipe, endless);
            reading = UnixPipes.read(pipe);
        } else {
            NamedPipes.create(pipe);
            writing = NamedPipes.write(pipe, endless);
            reading = NamedPipes.read(pipe);
        }
        Disposable writer = writing.subscribe(end -> {}, e -> {});
        Disposable reader = reading.subscribe(chunk -> {}, e -> {}); // a writer that is cancelled first is lost
        LockSupport.parkNanos(random.nextInt(LATEST_NANOS));
        (readerFirst ? reader : writer).dispose();
        LockSupport.parkNanos(random.nextInt(LATEST_NANOS) / 10);
        (readerFirst ? writer : reader).dispose();
    }
}
