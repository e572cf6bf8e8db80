package io.pipeflux.benchmarks.s3;

import io.pipeflux.s3.S3Writer;
import io.pipeflux.s3.WrittenObject;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/**
 * Ways to write one object from a publisher of heap buffers, in parts of 8 MiB, each with its CRC32C. All writes share
 * one client. The result is the object's ETag.
 */
enum ObjectWriting {
    /** {@link S3Writer} with the client from the README. */
    WRITER {
        @Override
        Supplier<Mono<String>> writer(int port, long bytes) {
            return s3Writer(PrefixReading.readme(port), bytes);
        }
    },
    /** {@link S3Writer} with the SDK's own HTTP client, which uses Netty. */
    WRITER_NETTY_NIO {
        @Override
        Supplier<Mono<String>> writer(int port, long bytes) {
            return s3Writer(
                    PrefixReading.sdk(port, NettyNioAsyncHttpClient.builder()).build(), bytes);
        }
    },
    /** {@link S3Writer} with the SDK's CRT-based client. */
    WRITER_CRT {
        @Override
        Supplier<Mono<String>> writer(int port, long bytes) {
            return s3Writer(PrefixReading.crt(port, PART_BYTES), bytes);
        }
    },
    /** {@code putObject} with the SDK's CRT-based client. This client sends the parts of an object in parallel. */
    CRT {
        @Override
        Supplier<Mono<String>> writer(int port, long bytes) {
            return putObject(PrefixReading.crt(port, PART_BYTES), bytes);
        }
    },
    /** {@code putObject} with the SDK's own HTTP client, which sends the object in one request. */
    PUT_OBJECT {
        @Override
        Supplier<Mono<String>> writer(int port, long bytes) {
            return putObject(
                    PrefixReading.sdk(port, NettyNioAsyncHttpClient.builder()).build(), bytes);
        }
    },
    /**
     * The SDK's transfer manager. Its client has {@code multipartEnabled}, as the transfer manager's guide recommends.
     */
    TRANSFER_MANAGER {
        @Override
        Supplier<Mono<String>> writer(int port, long bytes) {
            S3TransferManager manager = S3TransferManager.builder()
                    .s3Client(PrefixReading.sdk(
                                    port, NettyNioAsyncHttpClient.builder().maxConcurrency(100))
                            .multipartEnabled(true)
                            .build())
                    .build();
            return () -> Mono.fromFuture(() -> manager.upload(
                                    it -> it.putObjectRequest(object(bytes)).requestBody(new Body(bytes)))
                            .completionFuture())
                    .map(done -> done.response().eTag());
        }
    };

    static final int PART_BYTES = 8 << 20;
    private static final int CHUNK_BYTES = 128 << 10;
    private static final byte[] RANDOM = random(8 * CHUNK_BYTES);

    abstract Supplier<Mono<String>> writer(int port, long bytes);

    private static Supplier<Mono<String>> s3Writer(S3AsyncClient client, long bytes) {
        S3Writer writer = S3Writer.of(client);
        return () -> writer.write("s3://bench/object", chunks(bytes)).map(WrittenObject::etag);
    }

    private static Supplier<Mono<String>> putObject(S3AsyncClient client, long bytes) {
        return () -> Mono.fromFuture(() -> client.putObject(object(bytes), new Body(bytes)))
                .map(PutObjectResponse::eTag);
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new SplittableRandom(1).nextBytes(bytes);
        return bytes;
    }

    private static PutObjectRequest object(long bytes) {
        return PutObjectRequest.builder()
                .bucket("bench")
                .key("object")
                .contentLength(bytes)
                .checksumAlgorithm(ChecksumAlgorithm.CRC32_C)
                .build();
    }

    private static Flux<ByteBuffer> chunks(long bytes) {
        int all = RANDOM.length / CHUNK_BYTES;
        return Flux.range(0, (int) (bytes / CHUNK_BYTES))
                .map(i -> ByteBuffer.wrap(RANDOM, i % all * CHUNK_BYTES, CHUNK_BYTES)
                        .slice());
    }

    /** A request body for the SDK. It consists of the buffers that {@code chunks} emits. */
    private record Body(long bytes) implements AsyncRequestBody {

        @Override
        public Optional<Long> contentLength() {
            return Optional.of(bytes);
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
            chunks(bytes).subscribe(subscriber);
        }
    }
}
