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
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP proxy between a client and its S3 server that counts what goes through, and breaks the answers to GETs of objects
 * as it is told. Requests with a body do not go through it.
 */
public final class FaultProxy implements AutoCloseable {

    /** How an answer breaks. */
    public enum Kind {
        /** The connection is closed in good order. */
        FIN,
        /** The connection is reset. */
        RST,
        /** Nothing more comes, and nothing ends. */
        STALL
    }

    /** An answer's break, after so many bytes of it, its header included. */
    public record Fault(Kind kind, long afterBytes) {}

    private static final Pattern OBJECT_GET = Pattern.compile("^GET /[^/?\\s]+/[^?\\s]+(\\?\\S*)? HTTP/1.1\r\n");
    private static final Pattern RANGE = Pattern.compile("(?i)\r\nrange: *bytes=(\\S+)\r\n");
    private static final Fault NONE = new Fault(Kind.STALL, Long.MAX_VALUE);

    private final ServerSocket listener;
    private final int serverPort;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger listings = new AtomicInteger();
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private final Queue<Fault> next = new ConcurrentLinkedQueue<>();
    private volatile Fault every = NONE;

    private FaultProxy(ServerSocket listener, int serverPort) {
        this.listener = listener;
        this.serverPort = serverPort;
    }

    public static FaultProxy before(S3Server server) throws IOException {
        FaultProxy proxy = new FaultProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), server.port());
        thread("accept", proxy::accept);
        return proxy;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Breaks the next GET of an object, and the ones after it by further faults. */
    public void breakNext(Fault... faults) {
        next.addAll(List.of(faults));
    }

    /** Breaks every GET of an object from now on. */
    public void breakEvery(Fault fault) {
        every = fault;
    }

    public void heal() {
        next.clear();
        every = NONE;
    }

    /** The connections made so far. */
    public int connections() {
        return connections.get();
    }

    /** The connections that are open now. */
    public int openConnections() {
        return open.size();
    }

    /** The listings asked for so far. */
    public int listings() {
        return listings.get();
    }

    /** The ranges of the GETs of objects so far, in the order of their arrival, such as {@code 0-1023}. */
    public List<String> ranges() {
        return ranges;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(Connection::close);
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Connection connection = new Connection(client, new Socket(InetAddress.getLoopbackAddress(), serverPort));
            open.add(connection);
            connections.incrementAndGet();
            thread("requests", connection::forwardRequests);
            thread("answers", connection::forwardAnswers);
        }
    }

    private static void thread(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // a connection has ended
                    }
                },
                "fault-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private interface Work {
        void run() throws IOException;
    }

    private final class Connection {

        private final Socket client;
        private final Socket server;
        private final Object answer = new Object();
        private Fault fault = NONE;
        private long answered;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void forwardRequests() throws IOException {
            try {
                InputStream in = client.getInputStream();
                OutputStream out = server.getOutputStream();
                ByteArrayOutputStream head = new ByteArrayOutputStream();
                byte[] buffer = new byte[8192];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    head.write(buffer, 0, n);
                    if (head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                        examine(head.toString(StandardCharsets.ISO_8859_1));
                        head.reset();
                    }
                    out.write(buffer, 0, n);
                }
            } finally {
                close();
            }
        }

        private void examine(String head) {
            if (head.contains("list-type=2")) {
                listings.incrementAndGet();
            } else if (OBJECT_GET.matcher(head).find()) {
                Matcher range = RANGE.matcher(head);
                ranges.add(range.find() ? range.group(1) : "none");
                Fault queued = next.poll();
                synchronized (answer) {
                    fault = queued != null ? queued : every;
                    answered = 0;
                }
            }
        }

        void forwardAnswers() throws IOException {
            try {
                InputStream in = server.getInputStream();
                OutputStream out = client.getOutputStream();
                byte[] buffer = new byte[16384];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    Fault due;
                    long room;
                    synchronized (answer) {
                        due = fault;
                        room = due.afterBytes() - answered;
                        answered += n;
                    }
                    out.write(buffer, 0, (int) Math.min(n, room));
                    if (room < n) {
                        end(due.kind());
                        return;
                    }
                }
            } finally {
                close();
            }
        }

        private void end(Kind kind) throws IOException {
            if (kind == Kind.RST) {
                client.setSoLinger(true, 0);
            } else if (kind == Kind.STALL) {
                synchronized (answer) {
                    while (!client.isClosed()) {
                        try {
                            answer.wait();
                        } catch (InterruptedException e) {
                            return;
                        }
                    }
                }
            }
        }

        void close() {
            try {
                client.close();
                server.close();
            } catch (IOException e) {
                // it is closed all the same
            }
            open.remove(this);
            synchronized (answer) {
                answer.notifyAll();
            }
        }
    }
}
