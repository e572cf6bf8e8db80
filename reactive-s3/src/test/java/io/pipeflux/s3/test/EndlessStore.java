package io.pipeflux.s3.test;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A store of objects of any size that takes no memory for them: all are one block of bytes, over and over. It lists all
 * of them under any prefix, answers ranges, and checks nothing.
 */
public final class EndlessStore implements AutoCloseable {

    /** No power of two, so a byte in the wrong place is another byte. */
    private static final int BLOCK = 1_000_003;

    private static final String ETAG = "\"endless\"";

    private final byte[] block = block();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final int objects;
    private final long size;

    private EndlessStore(HttpServer server, int objects, long size) {
        this.server = server;
        this.objects = objects;
        this.size = size;
    }

    public static EndlessStore start(int objects, long size) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        EndlessStore store = new EndlessStore(server, objects, size);
        server.createContext("/", store::answer);
        server.setExecutor(store.threads);
        server.start();
        return store;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** The bytes that all objects repeat. */
    public static byte[] block() {
        return S3Server.bytes(BLOCK, 1);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String range = exchange.getRequestHeaders().getFirst("Range");
            if (String.valueOf(exchange.getRequestURI().getQuery()).contains("list-type")) {
                list(exchange);
            } else if (range == null) {
                exchange.getResponseHeaders().set("ETag", ETAG);
                boolean head = exchange.getRequestMethod().equals("HEAD");
                exchange.sendResponseHeaders(200, head || size == 0 ? -1 : size);
                if (!head) {
                    write(exchange, 0, size);
                }
            } else {
                String[] ends = range.substring("bytes=".length()).split("-");
                send(exchange, Long.parseLong(ends[0]), Math.min(size, Long.parseLong(ends[1]) + 1));
            }
        }
    }

    private void list(HttpExchange exchange) throws IOException {
        StringBuilder page = new StringBuilder("<ListBucketResult><IsTruncated>false</IsTruncated>");
        for (int i = 0; i < objects; i++) {
            page.append("<Contents><Key>")
                    .append(String.format("o%09d", i))
                    .append("</Key><ETag>")
                    .append(ETAG);
            page.append("</ETag><Size>").append(size).append("</Size></Contents>");
        }
        byte[] body = page.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    private void send(HttpExchange exchange, long from, long to) throws IOException {
        exchange.getResponseHeaders().set("ETag", ETAG);
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + '-' + (to - 1) + '/' + size);
        exchange.sendResponseHeaders(206, to - from);
        write(exchange, from, to);
    }

    private void write(HttpExchange exchange, long from, long to) throws IOException {
        OutputStream out = exchange.getResponseBody();
        for (long at = from; at < to; ) {
            int begin = (int) (at % BLOCK);
            int count = (int) Math.min(BLOCK - begin, to - at);
            out.write(block, begin, count);
            at += count;
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
