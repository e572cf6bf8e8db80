package io.pipeflux.s3.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that answers listings, HEADs and ranged GETs as S3 does, except for what a misbehaviour changes. */
public final class MisbehavingStore implements AutoCloseable {

    public static final String BUCKET = "train";

    private static final String LOOPBACK = "127.0.0.1";

    /**
     * @param number how many requests for the same came before
     * @param key the object, or empty for a listing
     * @param query without escapes
     * @param headers by their names in small letters
     */
    public record Request(
            String method, int number, String key, Map<String, String> query, Map<String, String> headers) {

        public boolean isList() {
            return query.containsKey("list-type");
        }

        public boolean isGet() {
            return method.equals("GET") && !isList();
        }
    }

    /** Changes answers. Called by several threads. */
    public interface Misbehaviour {

        default void page(Request request, Page page) {}

        default void answer(Request request, Answer answer) {}
    }

    private final NavigableMap<String, byte[]> objects;
    private final Misbehaviour misbehaviour;
    private final RawServer server;
    private final Map<String, AtomicInteger> numbers = new ConcurrentHashMap<>();
    private final AtomicInteger sending = new AtomicInteger();
    private final List<Request> requests = new ArrayList<>();

    public MisbehavingStore(Map<String, byte[]> objects, Misbehaviour misbehaviour) throws IOException {
        this.objects = new TreeMap<>(objects);
        this.misbehaviour = misbehaviour;
        this.server = RawServer.answering(this::answer);
    }

    public int port() {
        return server.port();
    }

    /** The answers that are being sent. */
    public int stalled() {
        return sending.get();
    }

    public synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    public static String etag(byte[] object) {
        return "\"" + Integer.toHexString(Arrays.hashCode(object)) + "-2\"";
    }

    private void answer(String head, RawServer.Client client) throws IOException, InterruptedException {
        Request request = request(head);
        synchronized (this) {
            requests.add(request);
        }
        Answer answer = request.isList() ? list(request) : object(request);
        misbehaviour.answer(request, answer);
        sending.incrementAndGet();
        try {
            answer.send(client);
        } finally {
            sending.decrementAndGet();
        }
    }

    private Request request(String head) {
        String[] lines = head.split("\r\n");
        String[] target = lines[0].split(" ")[1].split("\\?", 2);
        String path = URLDecoder.decode(target[0].replace("+", "%2B"), UTF_8);
        Map<String, String> query = new HashMap<>();
        for (String pair : target.length > 1 ? target[1].split("&") : new String[0]) {
            String[] sides = pair.split("=", 2);
            query.put(sides[0], sides.length > 1 ? URLDecoder.decode(sides[1], UTF_8) : "");
        }
        Map<String, String> headers = new HashMap<>();
        for (String line : Arrays.asList(lines).subList(1, lines.length)) {
            String[] sides = line.split(": *", 2);
            headers.put(sides[0].toLowerCase(Locale.ROOT), sides[1]);
        }
        boolean bucketInHost = !headers.getOrDefault("host", LOOPBACK).startsWith(LOOPBACK);
        String key = path.substring(bucketInHost ? 1 : Math.min(path.length(), BUCKET.length() + 2));
        String method = lines[0].split(" ")[0];
        int number = numbers.computeIfAbsent(method + " " + path, unknown -> new AtomicInteger())
                .getAndIncrement();
        return new Request(method, number, key, query, headers);
    }

    private Answer list(Request request) {
        String after = request.query().getOrDefault("start-after", "");
        String token = request.query().get("continuation-token");
        int most = Integer.parseInt(request.query().getOrDefault("max-keys", "1000"));
        String last = token == null ? after : token.substring("after ".length());
        String prefix = request.query().getOrDefault("prefix", "");
        boolean continued = last.compareTo(prefix) > 0;
        List<String> keys = objects.tailMap(continued ? last : prefix, !continued).keySet().stream()
                .takeWhile(key -> key.startsWith(prefix))
                .limit(most + 1L)
                .toList();
        Page page = new Page();
        boolean truncated = keys.size() > most;
        List<String> listed = keys.subList(0, Math.min(most, keys.size()));
        page.entries = new ArrayList<>();
        listed.forEach(key ->
                page.entries.add(new Page.Entry(key, String.valueOf(objects.get(key).length), etag(objects.get(key)))));
        page.name = BUCKET;
        page.truncated = String.valueOf(truncated);
        page.token = truncated ? "after " + listed.get(listed.size() - 1) : null;
        page.keyCount = String.valueOf(listed.size());
        page.encodingType = request.query().get("encoding-type");
        misbehaviour.page(request, page);
        return new Answer(200, page.xml().getBytes(UTF_8), false).header("Content-Type", "application/xml");
    }

    private Answer object(Request request) {
        boolean head = request.method().equals("HEAD");
        byte[] object = objects.get(request.key());
        if (object == null) {
            return new Answer(404, new byte[0], head).error(404, "NoSuchKey");
        }
        String tag = etag(object);
        String match = request.headers().get("if-match");
        if (match != null && !match.equals(tag)) {
            return new Answer(412, new byte[0], head).error(412, "PreconditionFailed");
        }
        String range = request.headers().get("range");
        if (range == null) {
            return new Answer(200, object, head).header("ETag", tag);
        }
        String[] ends = range.substring("bytes=".length()).split("-");
        int from = Integer.parseInt(ends[0]);
        int to = (int) Math.min(object.length, Long.parseLong(ends[1]) + 1);
        if (from >= object.length) {
            return new Answer(416, new byte[0], head)
                    .error(416, "InvalidRange")
                    .header("Content-Range", "bytes */" + object.length);
        }
        return new Answer(206, Arrays.copyOfRange(object, from, to), head)
                .header("ETag", tag)
                .header("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + object.length);
    }

    /** Bytes as text, for bodies and headers that are made of both. */
    public static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
