package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.test.PipeHarness;
import io.pipeflux.test.PipeHarness.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** What may stand, or go wrong, at the other side of a pipe and at its path; after each nothing is left open. */
class PipeFaultsTest {

    private static final int EACCES = 13;

    private static final Flux<ByteBuffer> CHUNKS =
            Flux.just("one ", "two").map(text -> ByteBuffer.wrap(text.getBytes(UTF_8)));

    private final PipelineMonitor monitor = PipelineMonitor.create("test");
    private PipeHarness pipes;
    private int descriptors;

    @BeforeEach
    void begin() {
        pipes = PipeHarness.create();
        NamedPipes.read(pipes.feed("warm", CHUNKS)).blockLast(); // loads classes, opens jars
        pipes.awaitNothingOpen();
        descriptors = OpenResources.descriptors();
    }

    @AfterEach
    void nothingIsLeft() {
        pipes.close();
        await().untilAsserted(() -> assertThat(OpenResources.descriptors()).isLessThanOrEqualTo(descriptors));
    }

    private Flux<String> read(String pipe, Duration timeout) {
        PipeOptions options = PipeOptions.directory(pipes.directory()).openTimeout(timeout);
        return PipeChannels.create(options)
                .channel(pipe)
                .map(chunk -> UTF_8.decode(chunk).toString())
                .contextWrite(monitor.watch());
    }

    private void awaitWait(String text) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> monitor.waits().toString().contains(text));
    }

    // == the reader ==

    @Test
    void aPipeThatAppearsLateIsOpened() throws Exception {
        for (int i = 0; i < 20; i++) { // how fast is the benchmark LatePipe's subject
            Path pipe = pipes.path("late-" + i + "_0");
            CompletableFuture<String> arrival = new CompletableFuture<>();
            Disposable reading = read("late-" + i, Duration.ZERO).subscribe(arrival::complete);
            awaitWait("for the pipe to appear");
            NamedPipes.create(pipe);
            try (FileChannel writer = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                writer.write(ByteBuffer.wrap(new byte[] {'x'}));
                assertThat(Patience.get(arrival)).isEqualTo("x");
            }
            reading.dispose();
        }
    }

    @Test
    void aLatePipeIsReadWhole() {
        pipes.feed("late_0", CHUNKS, Fault.late(Duration.ofMillis(60)));
        read("late", Duration.ZERO)
                .reduce(String::concat)
                .as(StepVerifier::create)
                .expectNext("one two")
                .verifyComplete();
    }

    @Test
    void aWriterThatIsGoneBeforeItsFirstByteIsAnEmptyEpoch() {
        pipes.feed("early_0", CHUNKS, Fault.closedEarly());
        read("early", Duration.ZERO).as(StepVerifier::create).verifyComplete();
    }

    @Test
    void aWriterThatStallsIsWaitedForAndNamed() {
        AtomicBoolean opened = new AtomicBoolean();
        for (long millis = 500; !opened.get(); millis *= 2) { // a busy machine may need longer to open the pipe
            String channel = "silent-" + millis;
            pipes.feed(channel + "_0", CHUNKS, Fault.silentAfter(2));
            try {
                StepVerifier.create(read(channel, Duration.ofMillis(millis)))
                        .consumeNextWith(chunk -> {
                            opened.set(true);
                            assertThat(chunk).isEqualTo("on");
                        })
                        .then(() -> awaitWait(channel + "_0: waiting"))
                        .then(() -> awaitWait("for bytes from the writer"))
                        .expectNoEvent(Duration.ofMillis(millis + 100)) // the deadline is for opening
                        .thenCancel()
                        .verify();
            } catch (AssertionError e) {
                if (opened.get() || millis > Patience.PATIENCE.toMillis()) {
                    throw e;
                }
            }
        }
    }

    @Test
    void aWriterThatIsKilledHalfWayEndsTheBytes() {
        pipes.feed("cut_0", CHUNKS, Fault.truncated(5));
        read("cut", Duration.ZERO)
                .reduce(String::concat)
                .as(StepVerifier::create)
                .expectNext("one t")
                .verifyComplete();
    }

    @ParameterizedTest
    @CsvSource({"no writer, for a writer", "silent, for bytes from the writer", "paused, for demand"})
    void cancelReleasesAReaderWhereverItWaitsAlsoWhenTheNameIsGone(String pipe, String waitsFor) throws IOException {
        if (pipe.equals("no writer")) {
            NamedPipes.create(pipes.path("x_0"));
        } else {
            pipes.feed("x_0", CHUNKS, Fault.silentAfter(2));
        }
        for (boolean unlinked : new boolean[] {false, true}) {
            Disposable reading = read("x", Duration.ZERO)
                    .concatMap(chunk -> Flux.never(), pipe.equals("paused") ? 0 : 8)
                    .subscribe();
            awaitWait(waitsFor);
            if (unlinked) {
                Files.delete(pipes.path("x_0"));
            }
            reading.dispose();
            await().until(() -> monitor.waits().isEmpty());
            if (!unlinked && !pipe.equals("no writer")) {
                await().until(() -> pipes.threads().stream().noneMatch(name -> name.contains("read")));
                Files.delete(pipes.path("x_0"));
                pipes.feed("x_0", CHUNKS, Fault.silentAfter(2));
            }
        }
    }

    @Test
    void aLinkThatLeadsNowhereIsNoPipeYet() throws IOException {
        Files.createSymbolicLink(pipes.path("link_0"), pipes.path("target"));
        read("link", Duration.ofMillis(30))
                .as(StepVerifier::create)
                .verifyErrorMessage(
                        "waited 30 ms in " + pipes.directory() + " and found no pipe (link_0) [PF-PIPE-01]");
        StepVerifier.create(read("link", Duration.ZERO))
                .expectSubscription()
                .then(() -> pipes.feed("target", CHUNKS))
                .thenConsumeWhile(text -> true)
                .verifyComplete();
    }

    @Test
    void aPipeThatMayNotBeReadIsRefusedUnlessToRoot() throws IOException {
        Path pipe = pipes.path("secret_0");
        NamedPipes.create(pipe);
        Files.setPosixFilePermissions(pipe, PosixFilePermissions.fromString("---------"));
        boolean permitted = Files.isReadable(pipe); // to root, and to whoever else has its capabilities
        read("secret", Duration.ofMillis(100)).as(StepVerifier::create).verifyErrorSatisfies(e -> {
            assertThat(e).isInstanceOf(PipeException.class);
            if (permitted) {
                assertThat(e).hasMessageContaining("found no writer");
            } else {
                assertThat(e.getCause())
                        .isInstanceOfSatisfying(
                                Posix.ErrnoException.class,
                                cause -> assertThat(cause.errno()).isEqualTo(EACCES));
            }
        });
    }

    // == the writer ==

    private StepVerifier.FirstStep<PipeWrite> write(Path path) {
        return NamedPipes.write(path, CHUNKS).as(StepVerifier::create);
    }

    @Test
    void aPathThatIsNoPipeIsNeverWrittenTo() throws IOException {
        Path file = Files.writeString(pipes.path("file"), "data");
        write(file)
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipeException.class)
                        .hasMessage("could not write the pipe: expected a named pipe, but " + file
                                + " is a regular file (file) [PF-PIPE-02]"));
        assertThat(file).hasContent("data");
        write(pipes.directory()).verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("is a directory"));
        write(pipes.path("none"))
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipeException.class)
                        .hasMessage("could not write the pipe: " + pipes.path("none")
                                + " does not exist (none) [PF-PIPE-02]"));
        Path link = Files.createSymbolicLink(pipes.path("link"), pipes.path("target"));
        write(link).verifyErrorSatisfies(e -> assertThat(e).hasMessageContaining("link does not exist"));
        assertThat(pipes.path("target")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"nobody, for a reader", "stuck, for the reader to take bytes", "idle, for elements from upstream"})
    void cancelReleasesAWriterWhereverItWaitsAlsoWhenTheNameIsGone(String reader, String waitsFor) throws IOException {
        Path pipe = pipes.path("out");
        NamedPipes.create(pipe);
        Publisher<ByteBuffer> bytes = reader.equals("idle")
                ? Flux.never()
                : Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(1 << 16));
        Disposable writing =
                NamedPipes.write(pipe, bytes).contextWrite(monitor.watch()).subscribe();
        try (FileChannel other = reader.equals("nobody")
                ? FileChannel.open(
                        pipes.directory().resolve("unrelated"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                : FileChannel.open(pipe, StandardOpenOption.READ)) {
            assertThat(other.isOpen()).isTrue();
            awaitWait(waitsFor);
            Files.delete(pipe);
            writing.dispose();
            await().until(() -> monitor.waits().isEmpty());
        }
    }

    @Test
    void aReaderThatLeavesEarlyEndsTheWritingWithoutAnError() {
        pipes.drain("out", 1);
        NamedPipes.write(pipes.path("out"), Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(1 << 16)))
                .as(StepVerifier::create)
                .assertNext(write -> assertThat(write.complete()).isFalse())
                .verifyComplete();
    }

    @Test
    void whatArrivedAndIsNotWrittenIsDiscarded() throws IOException {
        Path pipe = pipes.path("out");
        NamedPipes.create(pipe);
        List<ByteBuffer> discarded = new CopyOnWriteArrayList<>();
        Disposable writing = NamedPipes.write(
                        pipe, Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(1 << 16)))
                .doOnDiscard(ByteBuffer.class, discarded::add)
                .contextWrite(monitor.watch())
                .subscribe();
        try (FileChannel stuck = FileChannel.open(pipe, StandardOpenOption.READ)) {
            assertThat(stuck.isOpen()).isTrue();
            await().during(Duration.ofMillis(20))
                    .until(() -> monitor.waits().toString().contains("to take bytes"));
            writing.dispose();
            await().until(() -> discarded.size() == 1); // two were asked for, and one of them blocks
        }
    }

    @Test
    void anErrorOfTheBytesKeepsItsType() {
        pipes.drain("out", Long.MAX_VALUE);
        NamedPipes.write(pipes.path("out"), CHUNKS.concatWith(Flux.error(new IOException("disk"))))
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e ->
                        assertThat(e).isExactlyInstanceOf(IOException.class).hasMessage("disk"));
    }
}
