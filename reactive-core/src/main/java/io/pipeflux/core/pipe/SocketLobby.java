package io.pipeflux.core.pipe;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Waits at a listening socket for the first client that identifies itself as a reader. All clients are read at the same
 * time, so one that connects and sends nothing does not block a reader.
 */
final class SocketLobby implements Closeable {

    /**
     * How many clients may be silent at once. If another one connects, the one that is silent for longest is closed.
     */
    static final int MOST_CLIENTS = 64;

    private final Selector selector;
    private final ServerSocketChannel server;
    private final Deque<Client> silent = new ArrayDeque<>();
    private volatile boolean released;

    /** A connected process, and the beginning of what it said. */
    private static final class Client {

        private final SocketChannel socket;
        private final ByteBuffer said = ByteBuffer.allocate(SocketFrames.HELLO_BYTES);

        Client(SocketChannel socket) {
            this.socket = socket;
        }
    }

    SocketLobby(ServerSocketChannel server) throws IOException {
        this.server = server;
        this.selector = Selector.open();
        boolean registered = false;
        try {
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            registered = true;
        } finally {
            if (!registered) {
                selector.close();
            }
        }
    }

    /**
     * Waits for a reader.
     *
     * @return its socket, in blocking mode
     * @throws AsynchronousCloseException if the wait was {@linkplain #release released}
     */
    SocketChannel awaitReader() throws IOException {
        while (true) {
            selector.select();
            if (released) {
                throw new AsynchronousCloseException();
            }
            SocketChannel reader = look();
            if (reader != null) {
                return reader;
            }
        }
    }

    private @Nullable SocketChannel look() throws IOException {
        Client reader = null;
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.attachment() instanceof Client client) {
                reader = reader == null && isReader(client) ? client : reader;
            } else {
                acceptAll();
            }
        }
        selector.selectedKeys().clear();
        return reader == null ? null : handOver(reader);
    }

    private void acceptAll() throws IOException {
        SocketChannel socket;
        while ((socket = server.accept()) != null) {
            if (silent.size() == MOST_CLIENTS) {
                silent.remove().socket.close();
            }
            Client client = new Client(socket);
            silent.add(client);
            socket.configureBlocking(false);
            socket.register(selector, SelectionKey.OP_READ, client);
        }
    }

    /** Reads a client's greeting. Closes the client if it is not a reader, such as a writer that looks for a writer. */
    private boolean isReader(Client client) throws IOException {
        boolean more;
        try {
            more = client.socket.isOpen() && client.socket.read(client.said) >= 0;
        } catch (IOException e) { // reset by the client
            more = false;
        }
        boolean complete = !client.said.hasRemaining();
        if (complete && SocketFrames.isHello(client.said.flip())) {
            return true;
        }
        if (complete || !more) {
            silent.remove(client);
            client.socket.close();
        }
        return false;
    }

    /** Takes a socket out of the selector, and leaves it open when the lobby is closed. */
    private SocketChannel handOver(Client reader) throws IOException {
        reader.socket.keyFor(selector).cancel();
        selector.selectNow(); // until then the key keeps the socket from blocking
        reader.socket.configureBlocking(true);
        silent.remove(reader);
        return reader.socket;
    }

    /** Ends a wait, on any thread. */
    void release() {
        released = true;
        selector.wakeup();
    }

    /** Closes all clients but the reader. The server is left open. */
    @Override
    public void close() throws IOException {
        for (Client client : silent) {
            client.socket.close();
        }
        selector.close();
    }
}
