package io.pipeflux.samples.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Does once what the program does when it starts: lists a prefix, reads an object, fills a pipe. Run with
 * {@code -XX:ArchiveClassesAtExit}, it leaves an archive of the classes that this takes, from which they are loaded
 * sooner. The store is in this process and knows a single object, of one byte.
 */
final class WarmUp {

    private static final String ETAG = "\"0\"";
    private static final String LISTING = "<ListBucketResult><Name>warm-up</Name><KeyCount>1</KeyCount>"
            + "<IsTruncated>false</IsTruncated><Contents><Key>a</Key><LastModified>2026-01-01T00:00:00.000Z"
            + "</LastModified><ETag>" + ETAG + "</ETag><Size>1</Size></Contents></ListBucketResult>";
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final long LOOK_NANOS = 1_000_000;

    private WarmUp() {}

    /** Warms up, and ends with the exit code of the program. */
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
            boolean isListing =
                    String.valueOf(exchange.getRequestURI().getQuery()).contains("list-type");
            byte[] body = isListing ? LISTING.getBytes(StandardCharsets.UTF_8) : new byte[1];
            exchange.getResponseHeaders().set("Content-Type", isListing ? "application/xml" : "binary/octet-stream");
            if (!isListing) {
                exchange.getResponseHeaders().set("ETag", ETAG);
                exchange.getResponseHeaders().set("Content-Range", "bytes 0-0/1");
            }
            exchange.sendResponseHeaders(isListing ? OK : PARTIAL_CONTENT, body.length);
            exchange.getResponseBody().write(body);
        }
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
