package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.OpenResources;
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
class FifoSystemTest {

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

    static FifoSystem[] ways() {
        return new FifoSystem[] {new PosixFifoSystem(), new PosixFifoSystem(false), new PlainFifoSystem()};
    }

    @ParameterizedTest
    @MethodSource("ways")
    void bothSidesMeet(FifoSystem fifos) throws Exception {
        fifos.create(pipe);
        PipeSide readSide = fifos.readSide(pipe);
        PipeSide writeSide = fifos.writeSide(pipe);
        Future<Integer> read = opener.submit((Callable<Integer>)
                () -> readSide.open(Deadline.NEVER, () -> true).read(ByteBuffer.allocate(9)));
        ByteChannel out = writeSide.open(Deadline.NEVER, () -> true);
        out.write(ByteBuffer.allocate(5));
        assertThat(read.get()).isEqualTo(5);
        writeSide.free();
        readSide.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void closingReleasesAReaderThatWaits(FifoSystem fifos) throws Exception {
        fifos.create(pipe);
        assertReleased(fifos.readSide(pipe));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void closingReleasesAWriterThatWaits(FifoSystem fifos) throws Exception {
        fifos.create(pipe);
        assertReleased(fifos.writeSide(pipe));
    }

    private void assertReleased(PipeSide side) throws IOException {
        Future<ByteChannel> opening = opener.submit(() -> side.open(Deadline.NEVER, () -> true));
        side.close();
        assertThatThrownBy(opening::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(AsynchronousCloseException.class);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theDeadlineReleasesAReaderThatWaits(FifoSystem fifos) throws Exception {
        fifos.create(pipe);
        PipeSide side = fifos.readSide(pipe);
        assertThatThrownBy(() -> side.open(Deadline.after(Duration.ofMillis(30)), () -> true))
                .isInstanceOf(InterruptedIOException.class);
        side.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aReaderWhoseWriterCameAndWentWithoutAByteAsksWhetherThePipeWasRemoved(FifoSystem fifos) throws Exception {
        fifos.create(pipe);
        PipeSide side = fifos.readSide(pipe);
        CountDownLatch left = new CountDownLatch(1);
        Future<ByteChannel> opening = opener.submit(() -> side.open(Deadline.NEVER, new PipeSide.OnPeer() {
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
            PipeSide.touch(pipe); // it may not wait in the pipe yet
            return left.getCount() == 0;
        });
        assertThatThrownBy(opening::get).hasCauseInstanceOf(PipeRemovedException.class);
        side.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theReaderSeesTheEndWhenTheWriterIsFreeAndNotWhenItIsClosed(FifoSystem fifos) throws Exception {
        fifos.create(pipe);
        PipeSide readSide = fifos.readSide(pipe);
        PipeSide writeSide = fifos.writeSide(pipe);
        Future<ByteChannel> opening = opener.submit(() -> readSide.open(Deadline.NEVER, () -> true));
        ByteChannel out = writeSide.open(Deadline.NEVER, () -> true);
        out.write(ByteBuffer.allocate(5));
        ByteChannel in = opening.get();
        assertThat(in.read(ByteBuffer.allocate(9))).isEqualTo(5);
        Future<Integer> read = opener.submit(() -> in.read(ByteBuffer.allocate(9)));
        writeSide.close();
        await().during(Duration.ofMillis(200)).until(() -> !read.isDone());
        writeSide.free();
        assertThat(read.get()).isEqualTo(-1);
        readSide.free();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aFifoIsNotMadeTwice(FifoSystem fifos) throws Exception {
        fifos.create(pipe);
        assertThatThrownBy(() -> fifos.create(pipe))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("exists");
    }
}
