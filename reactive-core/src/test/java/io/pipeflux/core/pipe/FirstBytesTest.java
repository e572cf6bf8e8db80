package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.Patience;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The limit for opening is that of the wait for a writer, not of the wait for its first byte. */
class FirstBytesTest extends PipeDirectoryTest {

    private static String read(PipeSide side) {
        return read(side, Deadline.after(Duration.ofNanos(1)));
    }

    private static String read(PipeSide side, Deadline deadline) {
        try (ByteChannel channel = side.open(deadline, () -> true)) {
            ByteBuffer bytes = ByteBuffer.allocate(4);
            while (bytes.hasRemaining()) {
                channel.read(bytes);
            }
            return UTF_8.decode(bytes.flip()).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWriterThatHasThePipeOpenMayTakeItsTime(boolean mayBlock) throws Exception {
        NamedPipes.create(pipe);
        PipeSide side = new PosixFifoSystem(mayBlock).readSide(pipe);
        try (FileChannel writer = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> read(side));
            await().during(Duration.ofMillis(300)).until(() -> !reading.isDone());
            writer.write(UTF_8.encode("late"));
            assertThat(reading.get()).isEqualTo("late");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderThatWaitsForTheFirstByteIsReleasedWhenItIsClosed(boolean mayBlock) throws Exception {
        NamedPipes.create(pipe);
        PipeSide side = new PosixFifoSystem(mayBlock).readSide(pipe);
        try (FileChannel writer = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> read(side));
            await().during(Duration.ofMillis(300)).until(() -> !reading.isDone());
            side.close();
            assertThatThrownBy(reading::get).hasRootCauseInstanceOf(IOException.class);
            assertThat(writer.isOpen()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withoutAWriterTheLimitEndsTheWait(boolean mayBlock) {
        NamedPipes.create(pipe);
        PipeSide side = new PosixFifoSystem(mayBlock).readSide(pipe);
        assertThatThrownBy(() -> read(side)).hasCauseInstanceOf(InterruptedIOException.class);
    }

    /** As on a machine that gives the reader no time between the two. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLimitThatHasLongPassedEndsTheWaitAtOnce(boolean mayBlock) {
        NamedPipes.create(pipe);
        PipeSide side = new PosixFifoSystem(mayBlock).readSide(pipe);
        Deadline deadline = Deadline.after(Duration.ofNanos(1));
        await().during(Duration.ofMillis(20)).until(deadline::hasPassed);
        CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> read(side, deadline));
        assertThatThrownBy(() -> reading.get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(InterruptedIOException.class);
    }
}
