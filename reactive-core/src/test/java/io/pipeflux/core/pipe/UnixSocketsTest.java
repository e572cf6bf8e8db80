package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;

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

class UnixSocketsTest {

    private static final int SOCKETS = 2000;

    /** A reader used to fail if the socket was made between its attempt to connect and its look at the path. */
    @Test
    void socketsThatComeAndGoAreNoErrors(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("train_0");
        CompletableFuture<Void> sockets = CompletableFuture.runAsync(() -> comeAndGo(path));
        int attempts = 0;
        while (!sockets.isDone()) {
            SocketChannel connected = UnixSockets.connect(path);
            if (connected != null) {
                connected.close();
            }
            attempts++;
        }
        sockets.join();
        assertThat(attempts).isPositive();
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
