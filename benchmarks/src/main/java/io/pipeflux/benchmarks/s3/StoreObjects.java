package io.pipeflux.benchmarks.s3;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Reads the object of a {@link Store} with Pipeflux. All runs share one client. */
public final class StoreObjects {

    private static final Map<Integer, S3AsyncClient> CLIENTS = new ConcurrentHashMap<>();

    private StoreObjects() {}

    /** Returns a stream of a single object whose size is {@code bytes}. */
    public static Flux<ObjectBytes> of(int port, long bytes) {
        S3AsyncClient client = CLIENTS.computeIfAbsent(
                port,
                p -> PrefixReading.sdk(p, ReactorNettyHttpClient.builder()).build());
        return S3Channels.prefix(client, "s3://bench/" + new Objects(bytes, 1).prefix())
                .objects();
    }
}
