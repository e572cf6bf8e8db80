package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

/** Which side is lost is known by the state of the socket. */
class SocketFramesTest {

    @TempDir
    Path directory;

    private SocketChannel ours;
    private SocketChannel peer;
    private SocketFrames frames;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("socket"));
            server.bind(address);
            ours = SocketChannel.open(address);
            peer = server.accept();
        }
        frames = new SocketFrames(ours, "train_0");
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        ours.close();
        peer.close();
        OpenResources.awaitNoneLeft(directory);
    }

    /** @param unread whether the peer leaves something unread, for which the kernel resets the connection */
    private void peerLeaves(boolean unread) throws IOException {
        if (unread) {
            ours.write(ByteBuffer.allocate(10));
        }
        peer.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderThatSaysHelloToAWriterThatIsGoneHasLostIt(boolean unread) throws IOException {
        peerLeaves(unread);
        assertThatThrownBy(frames::sayHello)
                .isInstanceOf(WriterLostException.class)
                .hasMessageContaining("another reader");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderThatReadsFromAWriterThatIsGoneHasLostIt(boolean unread) throws IOException {
        peerLeaves(unread);
        assertThatThrownBy(() -> frames.read(ByteBuffer.allocate(10))).isInstanceOf(WriterLostException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWriterWhoseReaderIsGoneKnowsThatItLeft(boolean unread) throws IOException {
        peerLeaves(unread);
        assertThatThrownBy(() -> frames.write(ByteBuffer.allocate(10))).isInstanceOf(ReaderLeftException.class);
        assertThatThrownBy(() -> frames.writeEnd(null)).isInstanceOf(ReaderLeftException.class);
        assertThatThrownBy(() -> frames.writeEnd(new IOException("denied"))).isInstanceOf(ReaderLeftException.class);
    }

    /** The kernel's answer is EPIPE here, too, and the reader is there. */
    @Test
    void aWriteThatFailsWhileTheReaderIsThereIsAnError() throws IOException {
        ours.shutdownOutput();
        assertThatThrownBy(() -> frames.write(ByteBuffer.allocate(10)))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(ReaderLeftException.class);
    }

    @Test
    void aWriteIntoWhatThisSideClosedIsNoReaderThatLeft() throws IOException {
        frames.close();
        assertThatThrownBy(() -> frames.write(ByteBuffer.allocate(10))).isInstanceOf(ClosedChannelException.class);
    }

    /**
     * A writer that closes between the reader's coming and its first words: the reading ends as lost, never otherwise.
     */
    @Test
    void aWriterThatIsGoneWhenItsReaderComesIsLost() throws IOException {
        Path path = directory.resolve("train_0");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            StepVerifier.create(UnixPipes.read(path))
                    .expectSubscription()
                    .then(() -> close(server))
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(PipeException.class)
                            .hasCauseInstanceOf(WriterLostException.class));
        }
    }

    private static void close(ServerSocketChannel server) {
        try {
            server.accept().close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
