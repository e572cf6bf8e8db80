package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A store of one bucket that refuses, or answers wrongly, what a test chooses. */
final class StubStore implements AutoCloseable {

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

    /** A request for a page of a listing, an object, or the bucket. */
    record Request(String method, String key, Map<String, String> query, Map<String, String> headers) {

        boolean isList() {
            return query.containsKey("list-type");
        }

        boolean isBucket() {
            return method.equals("HEAD") && key.isEmpty();
        }
    }

    /** Refuses a request. */
    interface Rule {

        /** Returns the status to refuse with, or 0 to answer the request. */
        int refuse(Request request, Map<String, String> answerHeaders);
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> objects = new LinkedHashMap<>();
    private volatile Rule rule = (request, headers) -> 0;
    private volatile boolean ignoresHeaders;
    private volatile boolean startsAgain;
    private volatile int mostKeys = 1000;

    StubStore() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Adds an object; the listing has them in the order in which they were added. */
    StubStore put(String key, byte[] bytes) {
        objects.put(key, bytes);
        return this;
    }

    StubStore rule(Rule rule) {
        this.rule = rule;
        return this;
    }

    /** Ranges and conditions are ignored. */
    StubStore ignoreHeaders() {
        this.ignoresHeaders = true;
        return this;
    }

    /** Each page of a listing begins with the first key. */
    StubStore startAgain() {
        this.startsAgain = true;
        return this;
    }

    /** A page of a listing has at most so many keys. */
    StubStore mostKeys(int keys) {
        this.mostKeys = keys;
        return this;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            int slash = path.indexOf('/', 1);
            Map<String, String> headers = new HashMap<>();
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(), values.get(0)));
            Request request = new Request(
                    exchange.getRequestMethod(),
                    slash < 0 ? "" : path.substring(slash + 1),
                    query(exchange.getRequestURI().getRawQuery()),
                    headers);
            Map<String, String> more = new HashMap<>();
            int refusal = rule.refuse(request, more);
            more.forEach(exchange.getResponseHeaders()::set);
            byte[] object = objects.get(request.key());
            if (refusal != 0) {
                send(exchange, refusal, error("AccessDenied", "refused by the rule"));
            } else if (request.isBucket()) {
                send(exchange, 200, new byte[0]);
            } else if (request.isList()) {
                send(exchange, 200, page(request.query()).getBytes(UTF_8));
            } else if (object == null) {
                send(exchange, 404, error("NoSuchKey", "no such key"));
            } else {
                object(exchange, request, object);
            }
        }
    }

    private void object(HttpExchange exchange, Request request, byte[] object) throws IOException {
        exchange.getResponseHeaders().set("ETag", "\"e" + request.key().hashCode() + "\"");
        String condition = request.headers().get("if-match");
        if (condition != null && !condition.equals("\"e" + request.key().hashCode() + "\"") && !ignoresHeaders) {
            send(exchange, 412, error("PreconditionFailed", "another version"));
            return;
        }
        Matcher range = RANGE.matcher(request.headers().getOrDefault("range", ""));
        if (!range.matches() || ignoresHeaders) {
            send(exchange, 200, object);
            return;
        }
        int from = Integer.parseInt(range.group(1));
        int end = Math.min(object.length, Integer.parseInt(range.group(2)) + 1);
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + object.length);
        send(exchange, 206, Arrays.copyOfRange(object, from, end));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static byte[] error(String code, String message) {
        return ("<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>").getBytes(UTF_8);
    }

    private String page(Map<String, String> query) {
        List<String> keys = objects.keySet().stream()
                .filter(key -> key.startsWith(query.getOrDefault("prefix", "")))
                .toList();
        String after = query.getOrDefault("continuation-token", query.getOrDefault("start-after", ""));
        int from = startsAgain ? 0 : keys.indexOf(after) + 1;
        int end = Math.min(
                keys.size(), from + Math.min(mostKeys, Integer.parseInt(query.getOrDefault("max-keys", "1000"))));
        StringBuilder page = new StringBuilder("<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>")
                .append(end < keys.size())
                .append("</IsTruncated>");
        if (end < keys.size()) {
            page.append("<NextContinuationToken>").append(keys.get(end - 1)).append("</NextContinuationToken>");
        }
        for (String key : keys.subList(from, end)) {
            page.append("<Contents><Key>")
                    .append(URLEncoder.encode(key, UTF_8))
                    .append("</Key><ETag>\"e")
                    .append(key.hashCode())
                    .append("\"</ETag><Size>")
                    .append(objects.get(key).length)
                    .append("</Size></Contents>");
        }
        return page + "</ListBucketResult>";
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new HashMap<>();
        for (String pair : text == null ? new String[0] : text.split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], parts.length == 1 ? "" : URLDecoder.decode(parts[1], UTF_8));
        }
        return query;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }
}
