package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.flink.util.function.SerializableSupplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** An S3 server over HTTP whose bucket {@code b} has the files of a directory tree. It counts listings and GETs. */
final class DirectoryStore implements AutoCloseable {

    private static final int PAGE = 1000;

    private final Path directory;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    final AtomicLong listings = new AtomicLong();
    final AtomicLong gets = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();
    final Queue<Long> froms = new ConcurrentLinkedQueue<>(); // where each GET begins

    private DirectoryStore(Path directory, HttpServer server) {
        this.directory = directory;
        this.server = server;
    }

    static DirectoryStore of(Path directory) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        DirectoryStore store = new DirectoryStore(directory, server);
        server.createContext("/", store::answer);
        server.setExecutor(store.threads);
        server.start();
        return store;
    }

    /** Returns a factory of clients, which can be sent with a job. */
    SerializableSupplier<S3AsyncClient> clients() {
        return clients(port());
    }

    int port() {
        return server.getAddress().getPort();
    }

    static SerializableSupplier<S3AsyncClient> clients(int port) {
        String endpoint = "http://127.0.0.1:" + port;
        return () -> S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .endpointOverride(URI.create(endpoint))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .build();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            exchange.getRequestBody().readAllBytes();
            if (path.equals("/b") || path.equals("/b/")) {
                listings.incrementAndGet();
                byte[] page = list(query(exchange)).getBytes(UTF_8);
                exchange.sendResponseHeaders(200, page.length);
                exchange.getResponseBody().write(page);
                return;
            }
            Path file = directory.resolve(path.substring("/b/".length()));
            if (!Files.exists(file)) {
                exchange.sendResponseHeaders(404, -1);
                return;
            }
            send(exchange, file);
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new TreeMap<>();
        for (String pair : exchange.getRequestURI().getRawQuery().split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], UTF_8));
        }
        return query;
    }

    private String list(Map<String, String> query) throws IOException {
        String after = query.getOrDefault("continuation-token", query.getOrDefault("start-after", ""));
        String prefix = query.getOrDefault("prefix", "");
        List<String> keys = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .filter(key -> key.startsWith(prefix) && key.compareTo(after) > 0)
                    .sorted()
                    .limit(PAGE + 1L)
                    .forEach(keys::add);
        }
        boolean truncated = keys.size() > PAGE;
        List<String> page = truncated ? keys.subList(0, PAGE) : keys;
        StringBuilder xml = new StringBuilder("<ListBucketResult><Name>b</Name><KeyCount>")
                .append(page.size())
                .append("</KeyCount><EncodingType>url</EncodingType><IsTruncated>")
                .append(truncated)
                .append("</IsTruncated>");
        if (truncated) {
            xml.append("<NextContinuationToken>").append(page.get(PAGE - 1)).append("</NextContinuationToken>");
        }
        for (String key : page) {
            Path file = directory.resolve(key);
            xml.append("<Contents><Key>")
                    .append(URLEncoder.encode(key, UTF_8))
                    .append("</Key><ETag>")
                    .append(etag(file))
                    .append("</ETag><LastModified>")
                    .append(Files.getLastModifiedTime(file).toInstant().truncatedTo(ChronoUnit.MILLIS))
                    .append("</LastModified><Size>")
                    .append(Files.size(file))
                    .append("</Size></Contents>");
        }
        return xml.append("</ListBucketResult>").toString();
    }

    static String etag(Path file) throws IOException {
        return "\"" + Files.size(file) + "-" + Files.getLastModifiedTime(file).toMillis() + "\"";
    }

    private void send(HttpExchange exchange, Path file) throws IOException {
        long size = Files.size(file);
        long from = 0;
        long to = size;
        String range = exchange.getRequestHeaders().getFirst("Range");
        exchange.getResponseHeaders().set("ETag", etag(file));
        if (range != null) {
            String[] ends = range.substring("bytes=".length()).split("-");
            from = Long.parseLong(ends[0]);
            to = Math.min(size, Long.parseLong(ends[1]) + 1);
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + size);
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Long.toString(size));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        gets.incrementAndGet();
        froms.add(from);
        exchange.sendResponseHeaders(range == null ? 200 : 206, to == from ? -1 : to - from);
        try (FileChannel in = FileChannel.open(file)) {
            ByteBuffer piece = ByteBuffer.allocate(1 << 16);
            for (long at = from; at < to; ) {
                piece.clear().limit((int) Math.min(piece.capacity(), to - at));
                int read = in.read(piece, at);
                exchange.getResponseBody().write(piece.array(), 0, read);
                bytes.addAndGet(read);
                at += read;
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
