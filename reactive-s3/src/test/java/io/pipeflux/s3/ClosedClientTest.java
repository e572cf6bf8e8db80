package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A client that was closed before a request is reported as closed, by each kind of request. */
class ClosedClientTest extends S3Test {

    @BeforeEach
    void put() {
        server.put(bucket, "train/a", new byte[] {1, 2, 3});
        server.put(
                bucket,
                "manifest",
                ("[{\"prefix\":\"s3://" + bucket + "/train/\"},\"a\"]").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aClosedClientIsReported() {
        String uri = "s3://" + bucket + "/train/";
        ObjectRef ref = S3Channels.prefix(client, uri).list().blockFirst();
        S3AsyncClient closed =
                server.client(proxy.port(), made -> made.httpClientBuilder(ReactorNettyHttpClient.builder()));
        closed.close();

        requireReported(S3Channels.prefix(closed, uri).objects());
        requireReported(S3Channels.read(closed, Flux.just(ref), S3ReadOptions.defaults())
                .concatMap(object -> object.bytes()));
        requireReported(
                S3Channels.manifest(closed, "s3://" + bucket + "/manifest").objects());
        requireReported(S3Writer.of(closed).write(uri + "b", Mono.just(ByteBuffer.allocate(8))));
        requireReported(S3Writer.of(closed).abortOlderThan(uri, Duration.ofDays(1)));
        assertThatThrownBy(() -> S3Checkpoints.at(closed, uri).read())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the client was closed, but it was still in use");
    }

    private static void requireReported(Publisher<?> request) {
        assertThatThrownBy(() -> Flux.from(request).blockLast())
                .hasStackTraceContaining("the client was closed, but it was still in use")
                .hasStackTraceContaining("[PF-S3-06]");
    }
}
