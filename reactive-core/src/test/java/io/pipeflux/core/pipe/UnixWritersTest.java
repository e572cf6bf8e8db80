package io.pipeflux.core.pipe;

import static io.pipeflux.core.suite.Patience.PATIENCE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;
import reactor.core.scheduler.Schedulers;
import reactor.util.function.Tuple3;
import reactor.util.retry.Retry;

/** Whoever else is at a socket (strangers, silent clients, other writers) keeps no reader from its writer. */
class UnixWritersTest {

    private static final int ROUNDS = 100;

    @TempDir
    Path directory;

    private Path socket;

    @BeforeEach
    void name() {
        socket = directory.resolve("train_0");
    }

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private String read() {
        return String.join("", reading().block(PATIENCE));
    }

    private Mono<List<String>> reading() {
        return UnixPipes.read(socket)
                .map(chunk -> UTF_8.decode(chunk).toString())
                .collectList();
    }

    private Mono<PipeWrite> writing(String text) {
        return UnixPipes.write(socket, Flux.just(text(text)));
    }

    private SocketChannel connected() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    @ParameterizedTest
    @CsvSource({"1, ''", "1, PFX", "1, PFX2", "200, ''", "200, PF"})
    void clientsThatSayNothingOrHalfKeepNoReaderOut(int count, String words) throws IOException {
        Disposable writing = writing("bytes").subscribe();
        await().until(() -> Files.exists(socket));
        List<SocketChannel> clients = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                SocketChannel client = connected();
                clients.add(client);
                client.write(text(words));
            }
            assertThat(read()).isEqualTo("bytes");
            await().until(writing::isDisposed);
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aWriterThatWaitsBesideASilentClientIsReleasedByCancel() throws IOException {
        Disposable writing = writing("bytes").subscribe();
        await().until(() -> Files.exists(socket));
        try (SocketChannel client = connected()) {
            client.write(text("PF"));
            writing.dispose();
            await().until(() -> Files.notExists(socket));
            assertThat(isClosedByWriter(client)).isTrue(); // so it need not wait
        }
    }

    private static boolean isClosedByWriter(SocketChannel client) throws IOException {
        try {
            return client.read(ByteBuffer.allocate(1)) < 0;
        } catch (SocketException e) { // reset: it had said something
            return true;
        }
    }

    @Test
    void ofTwoWritersThatMeetAtTheSocketOfAKilledOneOneWritesAndOneIsRefused() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            leaveSocketOfKilledWriter();
            List<Signal<PipeWrite>> ends = new CopyOnWriteArrayList<>();
            Flux.just("a", "b")
                    .flatMap(name -> writing(name).materialize().subscribeOn(Schedulers.boundedElastic()))
                    .subscribe(ends::add);
            await().until(() -> !ends.isEmpty()); // one is refused, so the other waits for a reader
            assertThat(ends)
                    .singleElement()
                    .satisfies(end -> assertThat(end.getThrowable()).isInstanceOf(PipeException.class));
            assertThat(read()).hasSize(1);
            await().until(() -> ends.size() == 2);
            assertThat(ends.get(1).get()).isEqualTo(new PipeWrite(1, true));
            OpenResources.awaitNoneLeft(directory);
            assertNoFileIsLeft();
        }
    }

    @Test
    void aWriterThatIsCancelledLeavesTheSocketOfTheNext() throws IOException {
        Retry again = Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(1)); // refused while the first is there
        for (int round = 0; round < ROUNDS; round++) {
            Disposable first = UnixPipes.write(socket, Flux.never()).subscribe();
            await().until(() -> Files.exists(socket));
            Mono<Integer> cancel =
                    Mono.fromRunnable(first::dispose).thenReturn(1).subscribeOn(Schedulers.boundedElastic());
            Mono<PipeWrite> next = writing("next").retryWhen(again).subscribeOn(Schedulers.boundedElastic());
            Mono<List<String>> read =
                    Mono.zip(reading().retryWhen(again), next, cancel).map(Tuple3::getT1);
            assertThat(read.block(PATIENCE)).containsExactly("next");
            OpenResources.awaitNoneLeft(directory);
            assertNoFileIsLeft();
        }
    }

    @Test
    void theSocketOfAnotherWriterIsNotRemovedAtTheEnd() throws IOException {
        Disposable first = writing("first").subscribe();
        await().until(() -> Files.exists(socket));
        Files.delete(socket); // as a user would who cleans up
        Disposable second = writing("second").subscribe();
        await().until(() -> Files.exists(socket));
        first.dispose();
        await().until(() -> OpenResources.pipeThreads().stream()
                        .filter(name -> name.startsWith("pipeflux-write"))
                        .count()
                == 1);
        assertThat(read()).isEqualTo("second");
        await().until(second::isDisposed);
    }

    @Test
    void aListenerWithoutRoomHoldsNeitherReaderNorWriter() throws IOException {
        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stopped.bind(UnixDomainSocketAddress.of(socket), 1);
            fill(waiting);
            Disposable reading = UnixPipes.read(socket).subscribe();
            await().until(() -> !OpenResources.pipeThreads().isEmpty());
            writing("bytes")
                    .materialize()
                    .doOnNext(end -> assertThat(end.getThrowable()).isInstanceOf(PipeException.class))
                    .block(PATIENCE);
            reading.dispose();
            await().until(() -> OpenResources.pipeThreads().isEmpty());
        } finally {
            for (SocketChannel each : waiting) {
                each.close();
            }
        }
        assertThat(socket).exists();
    }

    private void fill(List<SocketChannel> waiting) throws IOException {
        while (true) {
            SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
            waiting.add(client);
            client.configureBlocking(false);
            if (!hasRoom(client)) {
                return;
            }
        }
    }

    private boolean hasRoom(SocketChannel client) throws IOException {
        try {
            return client.connect(UnixDomainSocketAddress.of(socket));
        } catch (SocketException e) { // EAGAIN
            return false;
        }
    }

    @Test
    void aLinkUnderTheNameIsRefusedAndLeft() throws IOException {
        Path other = directory.resolve("other");
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(other));
        }
        Files.createSymbolicLink(socket, other);
        Signal<PipeWrite> end = writing("bytes").materialize().block(PATIENCE);
        assertThat(end.getThrowable()).isInstanceOf(PipeException.class);
        assertThat(socket).isSymbolicLink();
        assertThat(other).exists();
    }

    private void leaveSocketOfKilledWriter() throws IOException {
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(socket));
        }
    }

    private void assertNoFileIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }
}
