package io.pipeflux.s3.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.pipeflux.core.suite.SocketThread;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

/**
 * A proxy before a store that marks the ETags of its answers as weak, as proxies do that may change a body. Listings
 * state the strong ones.
 */
public final class WeakEtags implements Store {

    private static final byte[] ETAG = "\r\nETag: ".getBytes(ISO_8859_1);
    private static final byte[] WEAK = "W/".getBytes(ISO_8859_1);

    private final Store store;
    private final ServerSocket listener;

    private WeakEtags(Store store, ServerSocket listener) {
        this.store = store;
        this.listener = listener;
    }

    /** Starts a proxy. The store is closed with it. */
    public static Store before(Store store) throws IOException {
        WeakEtags proxy = new WeakEtags(store, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        SocketThread.start("weak-etags", proxy::accept);
        return proxy;
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Socket server = new Socket(
                    InetAddress.getLoopbackAddress(), store.endpoint().getPort());
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            SocketThread.start("weak-etags", () -> forwardRequests(client, server));
            SocketThread.start("weak-etags", () -> forwardAnswers(server, client));
        }
    }

    private static void forwardRequests(Socket client, Socket server) throws IOException {
        try (client;
                server) {
            client.getInputStream().transferTo(server.getOutputStream());
        }
    }

    private static void forwardAnswers(Socket server, Socket client) throws IOException {
        try (server;
                client) {
            InputStream in = server.getInputStream();
            OutputStream out = new BufferedOutputStream(client.getOutputStream(), 1 << 16);
            byte[] buffer = new byte[1 << 15];
            int matched = 0; // bytes of the header's name, which a body does not have by chance
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                for (int i = 0; i < n; i++) {
                    matched = buffer[i] == ETAG[matched] ? matched + 1 : buffer[i] == ETAG[0] ? 1 : 0;
                    out.write(buffer[i]);
                    if (matched == ETAG.length) {
                        out.write(WEAK);
                        matched = 0;
                    }
                }
                out.flush();
            }
        }
    }

    @Override
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    @Override
    public String accessKey() {
        return store.accessKey();
    }

    @Override
    public String secretKey() {
        return store.secretKey();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new IllegalStateException("the proxy did not stop", e);
        } finally {
            store.close();
        }
    }
}
