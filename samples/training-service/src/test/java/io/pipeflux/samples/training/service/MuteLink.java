package io.pipeflux.samples.training.service;

import io.pipeflux.core.suite.SocketThread;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** A TCP proxy in front of a store that passes its first bytes, and then nothing more, with open connections. */
final class MuteLink implements AutoCloseable {

    private final ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
    private final Set<Socket> held = ConcurrentHashMap.newKeySet();
    private final CountDownLatch mute = new CountDownLatch(1);
    private final AtomicLong left;
    private final int port;

    /** @param bytes how many bytes of all answers pass */
    MuteLink(URI store, long bytes) throws IOException {
        port = store.getPort();
        left = new AtomicLong(bytes);
        SocketThread.start("mute-link", this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** Waits until an answer is held back. */
    void awaitMute() throws InterruptedException {
        mute.await();
    }

    /** Returns how many connections whose answer is held back the client has not closed. */
    int held() {
        return held.size();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            clients.add(client);
            Socket store = new Socket(InetAddress.getLoopbackAddress(), port);
            SocketThread.start("mute-link", () -> {
                try (client;
                        store) {
                    client.getInputStream().transferTo(store.getOutputStream());
                } finally {
                    clients.remove(client);
                    held.remove(client);
                }
            });
            SocketThread.start("mute-link", () -> answers(store, client));
        }
    }

    private void answers(Socket store, Socket client) throws IOException {
        InputStream in = store.getInputStream();
        byte[] bytes = new byte[1024];
        for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
            if (left.addAndGet(-read) < 0) {
                held.add(client);
                if (!clients.contains(client)) { // it was closed meanwhile
                    held.remove(client);
                }
                mute.countDown();
                return;
            }
            client.getOutputStream().write(bytes, 0, read);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket client : clients) {
            client.close();
        }
    }
}
