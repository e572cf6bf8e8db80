package io.pipeflux.samples.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;

/**
 * Goes once through everything that the program does at startup: it lists a prefix, reads objects, and fills a pipe.
 * With {@code -XX:ArchiveClassesAtExit}, the JVM then writes all loaded classes to an archive, so that later starts of
 * the program load these classes faster. The S3 store runs in this process. The store contains two objects with
 * checksums: one consists of a single part, the other of two parts.
 */
final class WarmUp {

    private static final String ETAG = "\"0\"";
    private static final byte[] SMALL = new byte[1];
    private static final byte[] LARGE = new byte[(8 << 20) + 1]; // one byte more than a part, so read in two parts
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final long LOOK_NANOS = 1_000_000;

    private WarmUp() {}

    /** Runs the program once, and ends the process with its exit code. */
    public static void main(String[] args) throws IOException {
        System.setProperty("aws.accessKeyId", "warm-up");
        System.setProperty("aws.secretAccessKey", "warm-up");
        HttpServer store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        store.createContext("/", WarmUp::answer);
        store.start();
        Path directory = Files.createTempDirectory("pipe-agent-");
        Thread reader = new Thread(() -> read(directory.resolve("input/data/train_0")));
        reader.setDaemon(true);
        reader.start();
        int exitCode = AgentCommand.run(
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                "--channel",
                "train=s3://warm-up/",
                "--epochs",
                "1",
                "--endpoint",
                "http://127.0.0.1:" + store.getAddress().getPort(),
                "--directory",
                directory.toString());
        store.stop(0);
        System.exit(exitCode);
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (String.valueOf(exchange.getRequestURI().getQuery()).contains("list-type")) {
                byte[] listing = ("<ListBucketResult><Name>warm-up</Name><KeyCount>2</KeyCount>"
                                + "<IsTruncated>false</IsTruncated>" + entry("a", SMALL) + entry("b", LARGE)
                                + "</ListBucketResult>")
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/xml");
                exchange.sendResponseHeaders(OK, listing.length);
                exchange.getResponseBody().write(listing);
                return;
            }
            byte[] object = exchange.getRequestURI().getPath().endsWith("a") ? SMALL : LARGE;
            exchange.getResponseHeaders().set("Content-Type", "binary/octet-stream");
            exchange.getResponseHeaders().set("ETag", ETAG);
            String range = exchange.getRequestHeaders().getFirst("Range");
            if (range == null) {
                exchange.getResponseHeaders().set("x-amz-checksum-crc32", checksum(object));
                exchange.getResponseHeaders().set("x-amz-checksum-type", "FULL_OBJECT");
            }
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(object.length));
                exchange.sendResponseHeaders(OK, -1);
            } else if (range == null) {
                exchange.sendResponseHeaders(OK, object.length);
                exchange.getResponseBody().write(object);
            } else {
                String[] ends = range.substring("bytes=".length()).split("-", 2);
                int from = Integer.parseInt(ends[0]);
                int last = Math.min(Integer.parseInt(ends[1]), object.length - 1);
                exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + last + "/" + object.length);
                exchange.sendResponseHeaders(PARTIAL_CONTENT, last - from + 1);
                exchange.getResponseBody().write(object, from, last - from + 1);
            }
        }
    }

    private static String entry(String key, byte[] object) {
        return "<Contents><Key>" + key + "</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>" + ETAG
                + "</ETag><Size>" + object.length + "</Size></Contents>";
    }

    private static String checksum(byte[] object) {
        CRC32 sum = new CRC32();
        sum.update(object);
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES)
                        .putInt((int) sum.getValue())
                        .array());
    }

    private static void read(Path pipe) {
        while (!Files.exists(pipe)) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        try (InputStream in = Files.newInputStream(pipe)) {
            in.readAllBytes();
        } catch (IOException e) {
            System.err.println("error: " + e);
        }
    }
}
