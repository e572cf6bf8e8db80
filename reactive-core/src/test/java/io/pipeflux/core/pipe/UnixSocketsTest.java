package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

class UnixSocketsTest {

    private static final int SOCKETS = 2000;

    /** A reader used to fail if the socket was made between its attempt to connect and its look at the path. */
    @Test
    void socketsThatComeAndGoAreNoErrors(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("train_0");
        CompletableFuture<Void> sockets = CompletableFuture.runAsync(() -> comeAndGo(path));
        do {
            SocketChannel connected = UnixSockets.connected(path);
            if (connected != null) {
                connected.close();
            }
        } while (!sockets.isDone());
        sockets.join();
    }

    @Test
    void aPathThatIsTooLongForASocketIsAnErrorAndNotWaitedFor(@TempDir Path directory) {
        Path path = directory.resolve("x".repeat(200));
        assertThatThrownBy(() -> UnixPipes.read(path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(path.toString());
        assertThatThrownBy(() -> UnixPipes.write(ofBytes(100, directory), Flux.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 99 bytes, but got 100 bytes");
        assertThat(UnixPipes.read(ofBytes(106, directory))).isNotNull(); // of a writer that binds it directly
        Path longest = ofBytes(99, directory);
        assertThat(UnixPipes.write(longest, Flux.just(UTF_8.encode("abc")))
                        .zipWith(UnixPipes.read(longest).count())
                        .block()
                        .getT2())
                .isEqualTo(1);
    }

    private static Path ofBytes(int bytes, Path directory) {
        return directory.resolve("x".repeat(bytes - directory.toString().getBytes(UTF_8).length - 1));
    }

    private static void comeAndGo(Path path) {
        for (int i = 0; i < SOCKETS; i++) {
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                server.bind(UnixDomainSocketAddress.of(path));
                Files.delete(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
