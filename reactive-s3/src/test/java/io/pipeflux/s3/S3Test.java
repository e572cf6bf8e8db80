package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.s3.test.FaultProxy;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * A server per class, and a bucket, a proxy and a client through it per test. Nothing of a test is static, so classes
 * that mostly wait may run beside others.
 */
abstract class S3Test {

    private static final Map<Class<?>, S3Server> SERVERS = new ConcurrentHashMap<>();
    private static final AtomicInteger TESTS = new AtomicInteger();

    /** The class's server. */
    S3Server server;

    String bucket;
    FaultProxy proxy;
    S3AsyncClient client;

    @BeforeAll
    static void startServer(TestInfo test) throws Exception {
        SERVERS.put(test.getTestClass().orElseThrow(), S3Server.start());
    }

    @AfterAll
    static void stopServer(TestInfo test) {
        SERVERS.remove(test.getTestClass().orElseThrow()).close();
    }

    static S3Server server(TestInfo test) {
        return SERVERS.get(test.getTestClass().orElseThrow());
    }

    @BeforeEach
    void makeBucket(TestInfo test) throws Exception {
        server = server(test);
        bucket = "bucket-" + TESTS.incrementAndGet();
        server.createBucket(bucket);
        proxy = FaultProxy.before(server);
        client = server.client(proxy.port());
    }

    @AfterEach
    void closeProxy() throws Exception {
        proxy.close();
    }

    /** The only object under a prefix. */
    ObjectBytes object(S3AsyncClient client, String prefix, int partSize) {
        return S3Channels.prefix(
                        client,
                        "s3://" + bucket + "/" + prefix,
                        S3ReadOptions.defaults().partSize(partSize))
                .objects()
                .single()
                .block();
    }

    static byte[] all(Flux<ByteBuffer> chunks) {
        return join(chunks.collectList().block());
    }

    static byte[] join(List<ByteBuffer> chunks) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        chunks.forEach(chunk -> bytes.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining()));
        return bytes.toByteArray();
    }
}
