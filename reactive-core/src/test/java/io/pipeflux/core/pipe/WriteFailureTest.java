package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** A write that fails is an error unless it is certain that the reader has left. */
class WriteFailureTest extends PipeDirectoryTest {

    private static Flux<ByteBuffer> endless() {
        return Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(64 << 10));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "FIFO_WITHOUT_JNA")
    void aReaderThatLeavesEndsTheWritingWithoutAnError(PipeWay way) throws Exception {
        way.make(pipe);
        way.read(pipe).take(3).subscribe();
        StepVerifier.create(way.write(pipe, endless()))
                .assertNext(end -> assertThat(end.complete()).isFalse())
                .verifyComplete();
    }

    /** Without JNA the kernel's reason is not known, and what is not known is an error. */
    @Test
    void aReaderThatLeavesIsAnErrorWithoutJna() throws Exception {
        PipeWay.FIFO_WITHOUT_JNA.make(pipe);
        PipeWay.FIFO_WITHOUT_JNA.read(pipe).take(3).subscribe();
        StepVerifier.create(PipeWay.FIFO_WITHOUT_JNA.write(pipe, endless()))
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipeException.class)
                        .hasMessageContaining("could not write the pipe")
                        .hasMessageContaining("net.java.dev.jna:jna"));
    }

    @Test
    void aDeviceThatIsFullIsAnErrorAndNoReaderThatLeft() {
        StepVerifier.create(PipeWriter.write(new FullDevice(pipe), endless()))
                .verifyErrorSatisfies(e -> assertThat(e)
                        .isInstanceOf(PipeException.class)
                        .hasCauseInstanceOf(IOException.class)
                        .hasMessageContaining("could not write the pipe"));
    }

    /** The kernel's answer to each write is ENOSPC. */
    private static final class FullDevice extends PipeTarget.Existing {

        FullDevice(Path path) {
            super(path);
        }

        @Override
        public PipeSide side(Path pipe) {
            return new PipeSide() {
                @Override
                ByteChannel open(Deadline deadline, OnPeer onPeer) throws IOException {
                    return opened(FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE));
                }

                @Override
                void release() {}
            };
        }
    }

    /** A FIFO's descriptor, polled: no reader, a reader, none again. */
    @Test
    void noReaderIsKnownByTheDescriptor() throws Exception {
        PipeWay.FIFO.make(pipe);
        int first = Posix.openForReading(pipe);
        int writing = Posix.openForWriting(pipe);
        try {
            assertThat(Posix.hasNoReader(writing)).isFalse();
            Posix.closeQuietly(first);
            assertThat(Posix.hasNoReader(writing)).isTrue();
            int second = Posix.openForReading(pipe);
            assertThat(Posix.hasNoReader(writing)).isFalse();
            Posix.closeQuietly(second);
            assertThat(Posix.hasNoReader(writing)).isTrue();
        } finally {
            Posix.closeQuietly(writing);
        }
    }
}
