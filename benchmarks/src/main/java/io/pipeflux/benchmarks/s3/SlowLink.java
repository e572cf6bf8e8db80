package io.pipeflux.benchmarks.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A link to a port with so many bytes a second, shared by all its connections, downwards. Its latency is the store's
 * delay of each answer.
 */
final class SlowLink implements AutoCloseable {

    private static final int PIECE_BYTES = 16 << 10;

    private final ServerSocket listener;
    private final int target;
    private final double nanosPerByte;
    private long free = System.nanoTime(); // when the link has sent all that was given to it

    private SlowLink(ServerSocket listener, int target, double bytesPerSecond) {
        this.listener = listener;
        this.target = target;
        this.nanosPerByte = TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
    }

    static SlowLink to(int port, double bytesPerSecond) throws IOException {
        SlowLink link = new SlowLink(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()), port, bytesPerSecond);
        thread(link::accept);
        return link;
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() throws IOException {
        while (!listener.isClosed()) {
            Socket client = listener.accept();
            client.setSendBufferSize(64 << 10);
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            thread(() -> copy(client, server, false));
            thread(() -> copy(server, client, true));
        }
    }

    private void copy(Socket from, Socket to, boolean slowly) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] piece = new byte[PIECE_BYTES];
            int n;
            while ((n = in.read(piece)) >= 0) {
                if (slowly) {
                    waitFor(n);
                }
                out.write(piece, 0, n);
            }
        }
    }

    private void waitFor(int bytes) {
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

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void thread(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // closed by one of the sides
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
