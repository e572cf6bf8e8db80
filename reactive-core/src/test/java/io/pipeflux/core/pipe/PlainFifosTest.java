package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.test.OpenResources;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What both ways to open FIFOs must do: with system calls, and without. */
class PlainFifosTest {

    @TempDir
    Path directory;

    private final ExecutorService opener = Executors.newSingleThreadExecutor();
    private Path pipe;

    @BeforeEach
    void name() {
        pipe = directory.resolve("pipe");
    }

    @AfterEach
    void nothingIsLeft() {
        opener.shutdown();
        OpenResources.awaitNoneLeft(directory);
    }

    static Fifos[] ways() {
        return new Fifos[] {new PosixFifos(), new PosixFifos(false), new PlainFifos()};
    }

    @ParameterizedTest
    @MethodSource("ways")
    void bothEndsMeet(Fifos fifos) throws Exception {
        fifos.create(pipe);
        PipeEnd readEnd = fifos.readEnd(pipe);
        PipeEnd writeEnd = fifos.writeEnd(pipe);
        Future<Integer> read = opener.submit((Callable<Integer>)
                () -> readEnd.open(Deadline.NEVER, () -> true).read(ByteBuffer.allocate(9)));
        ByteChannel out = writeEnd.open(Deadline.NEVER, () -> true);
        out.write(ByteBuffer.allocate(5));
        assertThat(read.get()).isEqualTo(5);
        writeEnd.free();
        readEnd.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void closingReleasesAReaderThatWaits(Fifos fifos) throws Exception {
        fifos.create(pipe);
        assertReleased(fifos.readEnd(pipe));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void closingReleasesAWriterThatWaits(Fifos fifos) throws Exception {
        fifos.create(pipe);
        assertReleased(fifos.writeEnd(pipe));
    }

    private void assertReleased(PipeEnd end) throws IOException {
        Future<ByteChannel> opening = opener.submit(() -> end.open(Deadline.NEVER, () -> true));
        end.close();
        assertThatThrownBy(opening::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(AsynchronousCloseException.class);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theDeadlineReleasesAReaderThatWaits(Fifos fifos) throws Exception {
        fifos.create(pipe);
        PipeEnd end = fifos.readEnd(pipe);
        assertThatThrownBy(() -> end.open(Deadline.after(Duration.ofMillis(30)), () -> true))
                .isInstanceOf(InterruptedIOException.class);
        end.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aReaderWhoseWriterCameAndWentWithoutAByteAsksWhetherThePipeWasRemoved(Fifos fifos) throws Exception {
        fifos.create(pipe);
        PipeEnd end = fifos.readEnd(pipe);
        CountDownLatch left = new CountDownLatch(1);
        Future<ByteChannel> opening = opener.submit(() -> end.open(Deadline.NEVER, new PipeEnd.OnPeer() {
            @Override
            public void left() throws IOException {
                left.countDown();
                throw new PipeRemovedException("removed");
            }

            @Override
            public boolean mayOpen() {
                return true;
            }
        }));
        await().until(() -> {
            PipeEnd.touch(pipe); // it may not wait in the pipe yet
            return left.getCount() == 0;
        });
        assertThatThrownBy(opening::get).hasCauseInstanceOf(PipeRemovedException.class);
        end.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theReaderSeesTheEndWhenTheWriterIsFreeAndNotWhenItIsClosed(Fifos fifos) throws Exception {
        fifos.create(pipe);
        PipeEnd readEnd = fifos.readEnd(pipe);
        PipeEnd writeEnd = fifos.writeEnd(pipe);
        Future<ByteChannel> opening = opener.submit(() -> readEnd.open(Deadline.NEVER, () -> true));
        ByteChannel out = writeEnd.open(Deadline.NEVER, () -> true);
        out.write(ByteBuffer.allocate(5));
        ByteChannel in = opening.get();
        assertThat(in.read(ByteBuffer.allocate(9))).isEqualTo(5);
        Future<Integer> read = opener.submit(() -> in.read(ByteBuffer.allocate(9)));
        writeEnd.close();
        await().during(Duration.ofMillis(200)).until(() -> !read.isDone());
        writeEnd.free();
        assertThat(read.get()).isEqualTo(-1);
        readEnd.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aFifoIsNotMadeTwice(Fifos fifos) throws Exception {
        fifos.create(pipe);
        assertThatThrownBy(() -> fifos.create(pipe))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("exists");
    }
}
