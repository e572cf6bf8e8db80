package io.pipeflux.s3.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;

/** A store whose answers a test makes up: pages of a listing, and objects whose headers say what the test wants. */
public final class LyingStore implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Map<String, String>> listings = new CopyOnWriteArrayList<>();
    private final Map<String, byte[]> objects = new HashMap<>();
    private BiFunction<Integer, Map<String, String>, String> pages = (n, query) -> "";
    private String lengthOfHead = "";
    private String etag = "";
    private boolean rangesIgnored;

    private LyingStore(HttpServer server) {
        this.server = server;
    }

    public static LyingStore start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        LyingStore store = new LyingStore(server);
        server.createContext("/", store::answer);
        server.setExecutor(store.threads);
        server.start();
        return store;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** The pages of a listing, one per request, the last one again and again. */
    public LyingStore pages(String... contents) {
        return pages((n, query) -> contents[Math.min(n, contents.length - 1)]);
    }

    /** The pages of a listing, by the number of the request, counted from 0, and by its query. */
    public LyingStore pages(BiFunction<Integer, Map<String, String>, String> pages) {
        this.pages = pages;
        return this;
    }

    /** An object, by its path. */
    public LyingStore object(String path, byte[] bytes) {
        objects.put(path, bytes);
        return this;
    }

    /** What HEADs say as {@code Content-Length}; empty for nothing. */
    public LyingStore lengthOfHead(String length) {
        this.lengthOfHead = length;
        return this;
    }

    /** What all answers say as {@code ETag}; empty for nothing. */
    public LyingStore etag(String etag) {
        this.etag = etag;
        return this;
    }

    /** GETs are answered by 200 and the whole object, whatever they ask for. */
    public LyingStore ignoreRanges() {
        this.rangesIgnored = true;
        return this;
    }

    /** The content of a page: keys, each with a size, and then whatever a test adds. */
    public static String page(List<String> keys, String... more) {
        StringBuilder page = new StringBuilder();
        keys.forEach(key -> page.append(contents(key, "<Size>1</Size>")));
        Arrays.stream(more).forEach(page::append);
        return page.toString();
    }

    public static String contents(String key, String more) {
        return "<Contents><Key>" + key + "</Key>" + more + "</Contents>";
    }

    public static String truncated(boolean truncated) {
        return "<IsTruncated>" + truncated + "</IsTruncated>";
    }

    public static String token(String token) {
        return "<NextContinuationToken>" + token + "</NextContinuationToken>";
    }

    /** The queries of the listings that were asked for. */
    public List<Map<String, String>> listings() {
        return listings;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
            if (query.containsKey("list-type")) {
                int n = listings.size();
                listings.add(query);
                byte[] body = ("<ListBucketResult>" + pages.apply(n, query) + "</ListBucketResult>").getBytes(UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                return;
            }
            set(exchange, "ETag", etag);
            byte[] object = objects.get(exchange.getRequestURI().getPath());
            if (exchange.getRequestMethod().equals("HEAD")) {
                set(exchange, "Content-Length", lengthOfHead);
                exchange.sendResponseHeaders(200, -1);
            } else {
                send(exchange, object);
            }
        }
    }

    private void send(HttpExchange exchange, byte[] object) throws IOException {
        if (rangesIgnored || exchange.getRequestHeaders().getFirst("Range") == null) {
            exchange.sendResponseHeaders(200, object.length == 0 ? -1 : object.length);
            exchange.getResponseBody().write(object);
            return;
        }
        String[] ends = exchange.getRequestHeaders()
                .getFirst("Range")
                .substring("bytes=".length())
                .split("-");
        int from = Integer.parseInt(ends[0]);
        int to = Math.min(object.length, Integer.parseInt(ends[1]) + 1);
        set(exchange, "Content-Range", "bytes " + from + "-" + (to - 1) + "/" + object.length);
        exchange.sendResponseHeaders(206, to - from);
        exchange.getResponseBody().write(object, from, to - from);
    }

    private static void set(HttpExchange exchange, String header, String value) {
        if (!value.isEmpty()) {
            exchange.getResponseHeaders().set(header, value);
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new HashMap<>();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            int at = pair.indexOf('=');
            query.put(
                    at < 0 ? pair : pair.substring(0, at),
                    at < 0 ? "" : URLDecoder.decode(pair.substring(at + 1), UTF_8));
        }
        return query;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
