package io.pipeflux.s3.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/** A store in memory that takes objects, whole and in parts, verifies their CRC32C, and fails on request. */
public final class UploadStore implements AutoCloseable {

    /** What is asked of the store. */
    public enum Op {
        CREATE,
        PART,
        COMPLETE,
        ABORT,
        LIST,
        HEAD,
        PUT
    }

    /** What befalls a request. */
    public enum Fault {
        NONE,
        /** The answer 503, and nothing is done. */
        SLOW_DOWN,
        /** The request is done, and its answer never sent. */
        LOST,
        /** The request is done, and its connection closed instead of an answer. */
        LOST_AT_ONCE,
        /** The answer states another checksum. */
        OTHER_SUM,
        /** The answer states no checksum. */
        NO_SUM,
        /** The answer has no ETag, no upload id, or whatever it should have. */
        EMPTY,
        /** Checksums are refused with 501. */
        NO_SUMS_HERE,
        /** One byte of the request is altered before it arrives. */
        ALTERED,
        /** The answer 400, which has nothing to do with checksums. */
        INVALID,
        /** The status 200, with an error as its body. */
        FAILED_LATE,
        /** The answer 409 OperationAborted. */
        CONFLICT,
        /** The answer 403. */
        DENIED
    }

    /** An upload that has begun. */
    private record Begun(String key, String mark, Instant initiated, SortedMap<Integer, byte[]> parts) {}

    /** An object. */
    public record Stored(byte[] bytes, String mark, String etag, Map<String, List<String>> headers) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "upload-store");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<String, Begun> uploads = new ConcurrentHashMap<>();
    private final Map<String, Stored> objects = new ConcurrentHashMap<>();
    private final Map<Op, Queue<Fault>> faults = new ConcurrentHashMap<>();
    private final List<Op> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final AtomicInteger inParts = new AtomicInteger();
    private final AtomicInteger mostInParts = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile int pageSize = 1000;

    public UploadStore() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public UploadStore next(Op op, Fault... next) {
        faults.computeIfAbsent(op, unknown -> new ConcurrentLinkedQueue<>()).addAll(List.of(next));
        return this;
    }

    public UploadStore pageSize(int uploads) {
        pageSize = uploads;
        return this;
    }

    public List<Op> requests() {
        return requests;
    }

    /** The most parts that were sent at a time. */
    public int mostInParts() {
        return mostInParts.get();
    }

    /** The uploads that are neither completed nor aborted. */
    public int pending() {
        return uploads.size();
    }

    public Stored object(String key) {
        return objects.get(key);
    }

    public void delete(String key) {
        objects.remove(key);
    }

    /** An upload that some process has begun at a time. */
    public void begun(String key, Instant at) {
        uploads.put("left-" + ids.incrementAndGet(), new Begun(key, "", at, new TreeMap<>()));
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> query = query(exchange);
            Op op = op(exchange.getRequestMethod(), query);
            requests.add(op);
            if (op == Op.PART) {
                mostInParts.accumulateAndGet(inParts.incrementAndGet(), Math::max);
            }
            try {
                answer(op, query, exchange);
            } finally {
                if (op == Op.PART) {
                    inParts.decrementAndGet();
                }
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static Op op(String method, Map<String, String> query) {
        boolean ofUpload = query.containsKey("uploadId");
        return switch (method) {
            case "POST" -> ofUpload ? Op.COMPLETE : Op.CREATE;
            case "PUT" -> ofUpload ? Op.PART : Op.PUT;
            case "DELETE" -> Op.ABORT;
            case "HEAD" -> Op.HEAD;
            default -> Op.LIST;
        };
    }

    private void answer(Op op, Map<String, String> query, HttpExchange exchange)
            throws IOException, InterruptedException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Queue<Fault> next = faults.getOrDefault(op, new ConcurrentLinkedQueue<>());
        Fault fault = Objects.requireNonNullElse(next.poll(), Fault.NONE);
        boolean summed = exchange.getRequestHeaders().keySet().stream()
                .anyMatch(it -> it.startsWith("X-amz-checksum-")
                        || it.startsWith("X-amz-sdk-checksum-")
                        || it.equals("X-amz-trailer"));
        switch (fault) {
            case SLOW_DOWN -> error(exchange, 503, "SlowDown");
            case DENIED -> error(exchange, 403, "AccessDenied");
            case FAILED_LATE -> error(exchange, 200, "InternalError");
            case CONFLICT -> error(exchange, 409, "OperationAborted");
            case INVALID -> error(exchange, 400, "InvalidRequest");
            case ALTERED -> {
                body[body.length / 2] ^= 1;
                done(op, query, exchange, body, fault);
            }
            case NO_SUMS_HERE -> {
                if (summed) {
                    next.add(Fault.NO_SUMS_HERE);
                    error(exchange, 501, "NotImplemented");
                } else {
                    done(op, query, exchange, body, fault);
                }
            }
            default -> done(op, query, exchange, body, fault);
        }
    }

    private void done(Op op, Map<String, String> query, HttpExchange exchange, byte[] body, Fault fault)
            throws IOException, InterruptedException {
        String[] path = exchange.getRequestURI().getPath().split("/", 3);
        String key = path.length < 3 ? "" : path[2];
        String id = query.get("uploadId");
        String sum = exchange.getRequestHeaders().getFirst("x-amz-checksum-crc32c");
        if ((op == Op.PART || op == Op.PUT) && sum != null && !sum.equals(crc32c(body))) {
            error(exchange, 400, "BadDigest");
            return;
        }
        if (id != null && !uploads.containsKey(id)) {
            error(exchange, 404, "NoSuchUpload");
            return;
        }
        String text = "";
        int status = 200;
        switch (op) {
            case CREATE -> text = created(key, exchange);
            case PART -> {
                uploads.get(id).parts().put(Integer.parseInt(query.get("partNumber")), body);
                stored(exchange, sum, fault);
            }
            case PUT -> {
                objects.put(key, new Stored(body, "", etag(body), headers(exchange)));
                stored(exchange, sum, fault);
            }
            case COMPLETE -> {
                text = completed(key, id, sum, exchange);
                if (text.isEmpty()) {
                    error(exchange, 400, "BadDigest");
                    return;
                }
            }
            case ABORT -> {
                uploads.remove(id);
                status = 204;
            }
            case LIST ->
                text = query.containsKey("list-type") ? objectsListed(query.getOrDefault("prefix", "")) : listed(query);
            case HEAD -> {
                Stored stored = objects.get(key);
                if (stored == null) {
                    exchange.sendResponseHeaders(404, -1);
                    return;
                }
                exchange.getResponseHeaders().set("ETag", stored.etag());
                exchange.getResponseHeaders().set("x-amz-meta-pipeflux-upload", stored.mark());
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(stored.bytes().length));
                exchange.sendResponseHeaders(200, -1);
                return;
            }
        }
        if (fault == Fault.LOST) {
            closed.await();
        } else if (fault != Fault.LOST_AT_ONCE) {
            byte[] answer = (fault == Fault.EMPTY ? "" : text).getBytes(UTF_8);
            if (fault != Fault.EMPTY && (op == Op.PART || op == Op.PUT)) {
                exchange.getResponseHeaders().set("ETag", etag(body));
            }
            exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private static void stored(HttpExchange exchange, String sum, Fault fault) {
        if (sum != null && fault != Fault.NO_SUM) {
            exchange.getResponseHeaders().set("x-amz-checksum-crc32c", fault == Fault.OTHER_SUM ? "AAAAAA==" : sum);
        }
    }

    private String created(String key, HttpExchange exchange) {
        String id = "upload-" + ids.incrementAndGet();
        String mark = exchange.getRequestHeaders().getFirst("x-amz-meta-pipeflux-upload");
        uploads.put(id, new Begun(key, mark, Instant.now(), new TreeMap<>()));
        return "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>";
    }

    private String completed(String key, String id, String sum, HttpExchange exchange) {
        Begun upload = uploads.get(id);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        upload.parts().values().forEach(all::writeBytes);
        byte[] bytes = all.toByteArray();
        if (sum != null && !sum.equals(crc32c(bytes))) {
            return "";
        }
        uploads.remove(id);
        objects.put(
                key,
                new Stored(
                        bytes, upload.mark(), "\"" + id + "-" + upload.parts().size() + "\"", headers(exchange)));
        return "<CompleteMultipartUploadResult><ETag>" + objects.get(key).etag()
                + "</ETag></CompleteMultipartUploadResult>";
    }

    private static Map<String, List<String>> headers(HttpExchange exchange) {
        return new HashMap<>(exchange.getRequestHeaders());
    }

    private String objectsListed(String prefix) {
        return "<ListBucketResult><IsTruncated>false</IsTruncated>"
                + objects.keySet().stream()
                        .filter(key -> key.startsWith(prefix))
                        .map(key -> "<Contents><Key>" + key + "</Key></Contents>")
                        .collect(Collectors.joining())
                + "</ListBucketResult>";
    }

    private String listed(Map<String, String> query) {
        String after = query.getOrDefault("key-marker", "") + " " + query.getOrDefault("upload-id-marker", "");
        SortedMap<String, Begun> left = new TreeMap<>();
        uploads.forEach((id, upload) -> {
            if (upload.key().startsWith(query.getOrDefault("prefix", ""))) {
                left.put(upload.key() + " " + id, upload);
            }
        });
        List<String> names = new ArrayList<>(left.tailMap(after + "\0").keySet());
        boolean truncated = names.size() > pageSize;
        StringBuilder xml = new StringBuilder("<ListMultipartUploadsResult><EncodingType>url</EncodingType>");
        xml.append("<KeyMarker>").append(query.getOrDefault("key-marker", "")).append("</KeyMarker>");
        xml.append("<UploadIdMarker>")
                .append(query.getOrDefault("upload-id-marker", ""))
                .append("</UploadIdMarker>");
        for (String name : names.subList(0, Math.min(pageSize, names.size()))) {
            String key = URLEncoder.encode(left.get(name).key(), UTF_8);
            String id = name.substring(name.lastIndexOf(' ') + 1);
            xml.append("<Upload><Key>")
                    .append(key)
                    .append("</Key><UploadId>")
                    .append(id)
                    .append("</UploadId><Initiated>");
            xml.append(left.get(name).initiated()).append("</Initiated></Upload>");
        }
        if (truncated) {
            String last = names.get(pageSize - 1);
            xml.append("<NextKeyMarker>")
                    .append(URLEncoder.encode(left.get(last).key(), UTF_8))
                    .append("</NextKeyMarker>");
            xml.append("<NextUploadIdMarker>")
                    .append(last.substring(last.lastIndexOf(' ') + 1))
                    .append("</NextUploadIdMarker>");
        }
        return xml + "<IsTruncated>" + truncated + "</IsTruncated></ListMultipartUploadsResult>";
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            String[] sides = pair.split("=", 2);
            query.put(sides[0], sides.length > 1 ? URLDecoder.decode(sides[1], UTF_8) : "");
        }
        return query;
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        byte[] body = ("<Error><Code>" + code + "</Code><Message>the store says so</Message></Error>").getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private static String etag(byte[] bytes) {
        return "\"" + crc32c(bytes).replace("=", "") + "\"";
    }

    private static String crc32c(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES)
                        .putInt((int) sum.getValue())
                        .array());
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
