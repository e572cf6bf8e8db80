package io.pipeflux.s3.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/**
 * A store that takes one upload of any size without memory for it. It compares each part with its CRC32C, and drops it.
 * The first parts are not read before some have begun, so that a writer holds as many as it may.
 */
public final class DrainStore implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicLong bytes = new AtomicLong();
    private final CountDownLatch begun;

    private DrainStore(HttpServer server, int parts) {
        this.server = server;
        this.begun = new CountDownLatch(parts);
    }

    /** @param parts how many parts must have begun before any is read */
    public static DrainStore start(int parts) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        DrainStore store = new DrainStore(server, parts);
        server.createContext("/", store::answer);
        server.setExecutor(store.threads);
        server.start();
        return store;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** The bytes of all parts that had their checksum. */
    public long bytes() {
        return bytes.get();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String text = "";
            int status = 200;
            if (exchange.getRequestMethod().equals("PUT")) {
                begun.countDown();
                begun.await();
                status = drained(exchange) ? 200 : 400;
                exchange.getResponseHeaders().set("ETag", "\"part\"");
            } else {
                exchange.getRequestBody().readAllBytes();
                text = exchange.getRequestURI().getQuery().contains("uploadId=")
                        ? "<CompleteMultipartUploadResult><ETag>\"all\"</ETag></CompleteMultipartUploadResult>"
                        : "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>";
            }
            byte[] body = text.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private boolean drained(HttpExchange exchange) throws IOException {
        CRC32C sum = new CRC32C();
        byte[] piece = new byte[1 << 16];
        long length = 0;
        InputStream in = exchange.getRequestBody();
        for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
            sum.update(piece, 0, n);
            length += n;
        }
        String found = Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(Integer.BYTES)
                        .putInt((int) sum.getValue())
                        .array());
        boolean right = found.equals(exchange.getRequestHeaders().getFirst("x-amz-checksum-crc32c"));
        bytes.addAndGet(right ? length : 0);
        return right;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
