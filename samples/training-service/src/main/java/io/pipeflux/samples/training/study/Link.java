package io.pipeflux.samples.training.study;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP proxy in front of a server on this machine. It simulates a distant store: responses arrive after a delay, and
 * the total throughput of all connections is limited.
 *
 * <pre>{@code
 *   requests:   client -> server
 *   responses:  server -> delay (per connection) -> limited throughput (all connections together) -> client
 * }</pre>
 */
final class Link implements AutoCloseable {

    private static final int PIECE = 64 << 10;
    /**
     * The maximum number of pieces in transit per connection, large enough that the delay does not limit the
     * throughput.
     */
    private static final int PIECES = 256;
    /** A thread that wakes up late catches up by delivering its next pieces early, but at most this much early. */
    private static final long SLACK_NANOS = 2_000_000;

    private final ServerSocket listener;
    private final int serverPort;
    private final double nanosPerByte;
    private final long latencyNanos;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private long free = System.nanoTime();

    private Link(ServerSocket listener, int serverPort, long bytesPerSecond, Duration latency) {
        this.listener = listener;
        this.serverPort = serverPort;
        this.nanosPerByte = 1e9 / bytesPerSecond;
        this.latencyNanos = latency.toNanos();
    }

    /**
     * Starts a link to a port of this machine.
     *
     * @param bytesPerSecond the maximum total throughput of all responses, at least 1. Requests are not limited
     * @param latency the time from a request to the beginning of its response, in addition to the server's own latency
     */
    static Link to(int serverPort, long bytesPerSecond, Duration latency) throws IOException {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("expected bytes per second >= 1, but got " + bytesPerSecond);
        }
        ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Link link = new Link(listener, serverPort, bytesPerSecond, latency);
        thread("accept", link::accept);
        return link;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(Link::close);
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
            open.add(client);
            open.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            BlockingQueue<Piece> line = new ArrayBlockingQueue<>(PIECES);
            thread("requests", () -> forward(client, server));
            thread("delay", () -> receive(server, line));
            thread("answers", () -> deliver(line, client, server));
        }
    }

    /**
     * Bytes that were read together, and the earliest time at which they may be delivered. A piece without bytes marks
     * the end.
     */
    private record Piece(ByteBuffer bytes, long due) {}

    private void forward(Socket client, Socket server) throws IOException {
        try {
            client.getInputStream().transferTo(server.getOutputStream());
        } finally {
            close(server);
        }
    }

    private void receive(Socket server, BlockingQueue<Piece> line) throws IOException, InterruptedException {
        try {
            InputStream in = server.getInputStream();
            byte[] buffer = new byte[PIECE];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                line.put(new Piece(ByteBuffer.wrap(Arrays.copyOf(buffer, n)), System.nanoTime() + latencyNanos));
            }
        } finally {
            line.put(new Piece(ByteBuffer.allocate(0), System.nanoTime() + latencyNanos));
        }
    }

    private void deliver(BlockingQueue<Piece> line, Socket client, Socket server)
            throws IOException, InterruptedException {
        try {
            WritableByteChannel out = Channels.newChannel(client.getOutputStream());
            for (Piece piece = line.take(); piece.bytes.hasRemaining(); piece = line.take()) {
                sleepUntil(piece.due);
                sleepUntil(slotOf(piece.bytes.remaining()));
                out.write(piece.bytes); // writes all bytes, because a stream's channel blocks
            }
        } finally {
            close(client);
            close(server);
            open.remove(client);
            open.remove(server);
            // makes room in the queue. A thread that is blocked in put() then continues, and ends because its socket is
            // closed
            line.clear();
        }
    }

    /**
     * Reserves the link for this number of bytes. Returns the {@link System#nanoTime} at which the last byte will have
     * passed the link.
     */
    private synchronized long slotOf(int bytes) {
        free = Math.max(System.nanoTime() - SLACK_NANOS, free) + (long) (bytes * nanosPerByte);
        return free;
    }

    private static void sleepUntil(long time) {
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // nothing to do, because the socket is closed even though close() failed
        }
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void thread(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException e) {
                        // the connection has ended, so this thread ends, too
                    }
                },
                "link-" + name);
        thread.setDaemon(true);
        thread.start();
    }
}
