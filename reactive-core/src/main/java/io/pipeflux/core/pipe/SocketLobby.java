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
 * Waits on a listening socket for the first client that identifies itself as a reader. The lobby reads from all
 * connected clients concurrently, so a client that sends nothing cannot keep a reader waiting.
 */
final class SocketLobby implements Closeable {

    /**
     * The maximum number of clients that are connected but have not sent a greeting. If one more client connects, the
     * connection of the oldest one is closed.
     */
    static final int MOST_CLIENTS = 64;

    private final Selector selector;
    private final ServerSocketChannel server;
    private final Deque<Client> silent = new ArrayDeque<>();
    private volatile boolean released;

    /** A connected process, and the bytes of its greeting that have arrived so far. */
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
     * @return the reader's socket, in blocking mode
     * @throws AsynchronousCloseException if {@link #release} has ended the wait
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

    /**
     * Reads from a client, and returns whether the client has sent the whole greeting of a reader. Closes the
     * connection if the client has sent something else or has closed its side. A writer, for example, connects and
     * closes again to check whether another writer is listening.
     */
    private boolean isReader(Client client) throws IOException {
        boolean more;
        try {
            more = client.socket.isOpen() && client.socket.read(client.said) >= 0;
        } catch (IOException e) { // the client has reset the connection
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

    /** Removes a reader's socket from the selector, so that the socket stays open when the lobby is closed. */
    private SocketChannel handOver(Client reader) throws IOException {
        reader.socket.keyFor(selector).cancel();
        // this call removes the cancelled key; before that, the socket cannot be set to blocking mode
        selector.selectNow();
        reader.socket.configureBlocking(true);
        silent.remove(reader);
        return reader.socket;
    }

    /** Ends the wait. Any thread may call this method. */
    void release() {
        released = true;
        selector.wakeup();
    }

    /** Closes the connections of all clients except the reader. Leaves the listening socket open. */
    @Override
    public void close() throws IOException {
        for (Client client : silent) {
            client.socket.close();
        }
        selector.close();
    }
}
