package io.pipeflux.s3.test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;

/** A server that answers each request with the bytes it is given, and counts its connections. */
public final class RawServer implements AutoCloseable {

    /** Answers one request, whose header has been read. */
    public interface Answer {
        void to(String header, Client client) throws Exception;
    }

    private final ServerSocket listener;
    private final Answer answer;
    private final Set<Client> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final List<String> headers = new CopyOnWriteArrayList<>();

    private RawServer(ServerSocket listener, Answer answer) {
        this.listener = listener;
        this.answer = answer;
    }

    public static RawServer answering(Answer answer) throws IOException {
        return answering(ServerSocketFactory.getDefault(), answer);
    }

    public static RawServer answering(ServerSocketFactory sockets, Answer answer) throws IOException {
        RawServer server = new RawServer(sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress()), answer);
        thread("accept", server::accept);
        return server;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Connections not yet closed by either side. */
    public int openConnections() {
        return open.size();
    }

    public int acceptedConnections() {
        return accepted.get();
    }

    /** The headers of the requests so far. */
    public List<String> headers() {
        return headers;
    }

    private void accept() throws IOException {
        while (!listener.isClosed()) {
            Socket socket = listener.accept();
            socket.setTcpNoDelay(true);
            Client client = new Client(socket);
            accepted.incrementAndGet();
            open.add(client);
            thread("serve", () -> serve(client));
        }
    }

    private void serve(Client client) throws Exception {
        try (client) {
            while (true) {
                String header = client.readHeader();
                if (header.isEmpty()) {
                    return;
                }
                headers.add(header);
                answer.to(header, client);
            }
        } finally {
            open.remove(client);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(Client::close);
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void thread(String name, Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (Exception closedByTheOtherSide) {
                        // as tests do
                    }
                },
                "raw-server-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** A connection as its server sees it. */
    public static final class Client implements AutoCloseable {

        private final Socket socket;

        private Client(Socket socket) {
            this.socket = socket;
        }

        public Socket socket() {
            return socket;
        }

        private String readHeader() throws IOException {
            ByteArrayOutputStream header = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            int b;
            while ((b = in.read()) >= 0) {
                header.write(b);
                if (header.size() > 16 << 10) {
                    return ""; // the rest of a body
                }
                if (b == '\n' && header.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                    return header.toString(StandardCharsets.ISO_8859_1);
                }
            }
            return "";
        }

        public byte[] read(int bytes) throws IOException {
            return socket.getInputStream().readNBytes(bytes);
        }

        public Client send(String text) throws IOException {
            return send(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public Client send(byte[] bytes) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
            return this;
        }

        public Client ok(long contentLength) throws IOException {
            return send("HTTP/1.1 200 OK\r\nContent-Length: " + contentLength + "\r\n\r\n");
        }

        /** A whole response in one piece: a client that does not ask for its body has it with the header. */
        public Client whole(String body) throws IOException {
            return send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }

        /** Waits until the other side closes. */
        public void awaitClose() throws IOException {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        }

        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
