package io.pipeflux.core.suite;

import java.io.IOException;

/** Starts daemon threads of tests that work on sockets until another thread closes these. */
public final class SocketThread {

    private SocketThread() {}

    /** Work on a socket, which fails when the socket is closed. */
    public interface Work {
        void run() throws IOException;
    }

    /** Starts the work. An {@code IOException} ends it: a connection is closed by either side at any time. */
    public static void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // a connection has ended
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }
}
