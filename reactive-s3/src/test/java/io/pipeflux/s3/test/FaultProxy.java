package io.pipeflux.s3.test;

import io.pipeflux.core.suite.SocketThread;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP proxy between a client and its S3 server. It counts requests and, on demand, breaks or delays the responses to
 * GETs of objects, or responds itself. It does not support requests with a body.
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

    /**
     * An answer's break, after so many bytes of it, its header included.
     *
     * @param kind how it breaks
     */
    public record Fault(Kind kind, long afterBytes) {}

    /**
     * What befalls an answer besides.
     *
     * @param status the proxy answers itself, with this status; 0: the server does
     * @param code the S3 error code of that answer
     * @param flipAt the byte of the answer, its header included, of which a bit is flipped; -1: none
     * @param bytesPerSecond how fast the answer comes; 0: as fast as it can
     * @param fault how it breaks, unless a fault is set otherwise
     */
    public record Trouble(int status, String code, long flipAt, long bytesPerSecond, Fault fault) {

        public static final Trouble NONE = new Trouble(0, "", -1, 0, FaultProxy.NONE);

        public static Trouble answer(int status, String code) {
            return new Trouble(status, code, -1, 0, FaultProxy.NONE);
        }

        public static Trouble flip(long at) {
            return new Trouble(0, "", at, 0, FaultProxy.NONE);
        }

        public static Trouble throttle(long bytesPerSecond) {
            return new Trouble(0, "", -1, bytesPerSecond, FaultProxy.NONE);
        }

        public static Trouble breaking(Fault fault) {
            return new Trouble(0, "", -1, 0, fault);
        }
    }

    private static final Pattern OBJECT_GET = Pattern.compile("^GET /[^/?\\s]+/[^?\\s]+(\\?\\S*)? HTTP/1.1\r\n");
    private static final Pattern RANGE = Pattern.compile("(?i)\r\nrange: *bytes=(\\S+)\r\n");
    private static final Fault NONE = new Fault(Kind.STALL, Long.MAX_VALUE);

    private final ServerSocket listener;
    private final int serverPort;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger listings = new AtomicInteger();
    private final AtomicInteger heads = new AtomicInteger();
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private final Queue<Fault> next = new ConcurrentLinkedQueue<>();
    private final Queue<Trouble> nextTroubles = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger mostInFlight = new AtomicInteger();
    private volatile Fault every = NONE;
    private volatile Function<String, Trouble> everyTrouble = head -> Trouble.NONE;
    private volatile long delayNanos;

    private FaultProxy(ServerSocket listener, int serverPort) {
        this.listener = listener;
        this.serverPort = serverPort;
    }

    public static FaultProxy before(S3Server server) throws IOException {
        return before(server.port());
    }

    /** A proxy before any other server of this machine. */
    public static FaultProxy before(int serverPort) throws IOException {
        FaultProxy proxy = new FaultProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), serverPort);
        SocketThread.start("fault-proxy-accept", proxy::accept);
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

    /** Does so to the next GET of an object, and the ones after it by further troubles. */
    public void troubleNext(Trouble... troubles) {
        nextTroubles.addAll(List.of(troubles));
    }

    /**
     * Asks about every GET of an object that has no trouble of its own.
     *
     * @param trouble is given the request's header
     */
    public void troubleEvery(Function<String, Trouble> trouble) {
        everyTrouble = trouble;
    }

    /** Holds every answer to a GET of an object back by so much. */
    public void delay(Duration delay) {
        delayNanos = delay.toNanos();
    }

    public void heal() {
        next.clear();
        nextTroubles.clear();
        every = NONE;
        everyTrouble = head -> Trouble.NONE;
        delayNanos = 0;
    }

    /** The most GETs of objects that were between their request and their answer's first byte since the last call. */
    public int mostInFlight() {
        return mostInFlight.getAndSet(inFlight.get());
    }

    /** The GETs of objects that wait for their answer's first byte now. */
    public int inFlight() {
        return inFlight.get();
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

    /** The HEADs asked for so far. */
    public int heads() {
        return heads.get();
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
            SocketThread.start("fault-proxy-requests", connection::forwardRequests);
            SocketThread.start("fault-proxy-answers", connection::forwardAnswers);
        }
    }

    private final class Connection {

        private final Socket client;
        private final Socket server;
        private final Object answer = new Object();
        private Fault fault = NONE;
        private Trouble trouble = Trouble.NONE;
        private boolean waiting;
        private long asked;
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
                    String text = head.toString(StandardCharsets.ISO_8859_1);
                    if (text.endsWith("\r\n\r\n")) {
                        head.reset();
                        Trouble own = examine(text);
                        if (own.status() != 0) {
                            answer(own);
                        } else {
                            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
                        }
                    }
                }
            } finally {
                close();
            }
        }

        private Trouble examine(String head) {
            boolean isHead = head.startsWith("HEAD ");
            if (isHead || head.contains("list-type=2")) {
                (isHead ? heads : listings).incrementAndGet();
                synchronized (answer) {
                    begin(NONE, Trouble.NONE, false);
                }
            } else if (OBJECT_GET.matcher(head).find()) {
                Matcher range = RANGE.matcher(head);
                ranges.add(range.find() ? range.group(1) : "none");
                Fault queued = next.poll();
                Trouble queuedTrouble = nextTroubles.poll();
                synchronized (answer) {
                    Trouble own = queuedTrouble != null ? queuedTrouble : everyTrouble.apply(head);
                    Fault set = queued != null ? queued : every;
                    begin(set.equals(NONE) ? own.fault() : set, own, true);
                    return trouble;
                }
            }
            return Trouble.NONE;
        }

        private void begin(Fault fault, Trouble trouble, boolean object) {
            this.fault = fault;
            this.trouble = trouble;
            answered = 0;
            waiting = object;
            if (object) {
                asked = System.nanoTime();
                int now = inFlight.incrementAndGet();
                mostInFlight.accumulateAndGet(now, Math::max);
            }
        }

        /** Its first byte, or its end. */
        private void answered() {
            if (waiting) {
                waiting = false;
                inFlight.decrementAndGet();
            }
        }

        private void answer(Trouble own) throws IOException {
            byte[] body = ("<?xml version=\"1.0\"?><Error><Code>" + own.code() + "</Code><Message>so the proxy says"
                            + "</Message></Error>")
                    .getBytes(StandardCharsets.UTF_8);
            String head = "HTTP/1.1 " + own.status() + " No\r\nContent-Type: application/xml\r\nContent-Length: "
                    + body.length + "\r\n\r\n";
            synchronized (answer) {
                hold();
                answered();
            }
            OutputStream out = client.getOutputStream();
            out.write(head.getBytes(StandardCharsets.ISO_8859_1));
            out.write(body);
        }

        /** Until the delay has passed since the request. */
        private void hold() {
            park(asked + delayNanos - System.nanoTime());
        }

        private void park(long nanos) {
            long until = System.nanoTime() + nanos;
            for (long left = nanos; left > 0 && !client.isClosed(); left = until - System.nanoTime()) {
                LockSupport.parkNanos(this, left);
            }
        }

        void forwardAnswers() throws IOException {
            try {
                InputStream in = server.getInputStream();
                OutputStream out = client.getOutputStream();
                byte[] buffer = new byte[16384];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    Fault due;
                    Trouble with;
                    long before;
                    synchronized (answer) {
                        due = fault;
                        with = trouble;
                        before = answered;
                        answered += n;
                        if (waiting) {
                            hold();
                            answered();
                        }
                    }
                    long room = due.afterBytes() - before;
                    if (with.flipAt() >= before && with.flipAt() < before + n) {
                        buffer[(int) (with.flipAt() - before)] ^= 1;
                    }
                    out.write(buffer, 0, (int) Math.min(n, room));
                    if (room < n) {
                        end(due.kind());
                        return;
                    }
                    if (with.bytesPerSecond() > 0) {
                        park(n * 1_000_000_000L / with.bytesPerSecond());
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
                answered();
                answer.notifyAll();
            }
        }
    }
}
