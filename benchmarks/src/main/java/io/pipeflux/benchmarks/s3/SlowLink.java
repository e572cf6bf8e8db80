package io.pipeflux.benchmarks.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A link to a port, with limited throughput in one direction. The limit applies either to all connections together or,
 * as in object stores, to each connection. The link itself adds no latency. To simulate latency, let the store delay
 * its responses.
 */
final class SlowLink implements AutoCloseable {

    private static final int PIECE_BYTES = 16 << 10;
    private static final int BUFFER_BYTES = 64 << 10;

    private final ServerSocket listener;
    private final int target;
    private final Supplier<Pace> up;
    private final Supplier<Pace> down;

    private SlowLink(ServerSocket listener, int target, Supplier<Pace> up, Supplier<Pace> down) {
        this.listener = listener;
        this.target = target;
        this.up = up;
        this.down = down;
    }

    /** Starts a link on which all connections together download at most {@code bytesPerSecond}. */
    static SlowLink to(int port, double bytesPerSecond) throws IOException {
        Pace pace = new Pace(bytesPerSecond);
        return start(port, SlowLink::unlimited, () -> pace);
    }

    /** Starts a link on which each connection downloads at most {@code bytesPerSecond}. */
    static SlowLink ofEachConnection(int port, double bytesPerSecond) throws IOException {
        return start(port, SlowLink::unlimited, () -> new Pace(bytesPerSecond));
    }

    /** Starts a link on which each connection uploads at most {@code bytesPerSecond}. */
    static SlowLink ofEachUpload(int port, double bytesPerSecond) throws IOException {
        return start(port, () -> new Pace(bytesPerSecond), SlowLink::unlimited);
    }

    private static Pace unlimited() {
        return new Pace(Double.POSITIVE_INFINITY);
    }

    private static SlowLink start(int port, Supplier<Pace> up, Supplier<Pace> down) throws IOException {
        ServerSocket listener = new ServerSocket();
        // the size must be set before the socket is bound, because accepted connections would otherwise not inherit it
        listener.setReceiveBufferSize(BUFFER_BYTES);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        SlowLink link = new SlowLink(listener, port, up, down);
        thread(link::accept);
        return link;
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() throws IOException {
        while (!listener.isClosed()) {
            Socket client = listener.accept();
            client.setSendBufferSize(BUFFER_BYTES);
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            thread(() -> copy(client, server, up.get()));
            thread(() -> copy(server, client, down.get()));
        }
    }

    private static void copy(Socket from, Socket to, Pace pace) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] piece = new byte[PIECE_BYTES];
            int n;
            while ((n = in.read(piece)) >= 0) {
                pace.waitFor(n);
                out.write(piece, 0, n);
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private static final class Pace {

        private final double nanosPerByte;
        // the time at which all bytes accepted so far will have been sent
        private long free = System.nanoTime();

        Pace(double bytesPerSecond) {
            this.nanosPerByte = TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
        }

        void waitFor(int bytes) {
            long turn;
            synchronized (this) {
                free = Math.max(free, System.nanoTime()) + (long) (bytes * nanosPerByte);
                turn = free;
            }
            long wait;
            while ((wait = turn - System.nanoTime()) > 0) {
                LockSupport.parkNanos(wait);
            }
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void thread(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // the client or the server has closed the connection
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
