package io.pipeflux.benchmarks.s3;

import com.typesafe.config.ConfigFactory;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.pipeflux.s3.Checksums;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.connectors.s3.AccessStyle;
import org.apache.pekko.stream.connectors.s3.S3Attributes;
import org.apache.pekko.stream.connectors.s3.S3Settings;
import org.apache.pekko.stream.connectors.s3.javadsl.S3;
import org.apache.pekko.stream.javadsl.AsPublisher;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.transfer.s3.S3TransferManager;
import software.amazon.awssdk.transfer.s3.model.DownloadRequest;

/** Ways to read all objects of a prefix, one after another, as chunks on the heap. All runs share one client. */
enum PrefixReading {
    /** Pipeflux with {@code ReactorNettyHttpClient}. Parts are fetched ahead in parallel. */
    WINDOW {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            return window(sdk(port, ReactorNettyHttpClient.builder()).build(), objects, partBytes);
        }
    },
    /** Pipeflux as in {@link #WINDOW}, but without checksums. */
    WINDOW_UNVERIFIED {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            S3AsyncClient client = sdk(port, ReactorNettyHttpClient.builder()).build();
            return () -> S3Channels.prefix(
                            client,
                            "s3://bench/" + objects.prefix(),
                            S3ReadOptions.defaults().partSize(partBytes).checksums(Checksums.OFF))
                    .bytes();
        }
    },
    /** Pipeflux with the README's client. This client has the SDK's default settings. */
    WINDOW_README {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            return window(readme(port), objects, partBytes);
        }
    },
    /** Pipeflux with the SDK's client for the AWS CRT. */
    WINDOW_CRT {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            return window(crt(port, partBytes), objects, partBytes);
        }
    },
    /** Pipeflux with the SDK's own HTTP client, which uses Netty. */
    WINDOW_NETTY_NIO {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            return window(sdk(port, NettyNioAsyncHttpClient.builder()).build(), objects, partBytes);
        }
    },
    /**
     * The SDK's client for the AWS CRT, which fetches the parts of an object in parallel. Checksum validation is
     * enabled.
     */
    CRT {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            return getObject(crt(port, partBytes), objects);
        }
    },
    /** The SDK's client for the AWS CRT. 16 objects are fetched at a time and emitted in order. */
    CRT_AHEAD {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            S3AsyncClient client = crt(port, partBytes);
            return () -> objects.keys()
                    .flatMapSequential(
                            key -> Mono.fromFuture(
                                            () -> client.getObject(object(key), AsyncResponseTransformer.toPublisher()))
                                    .flatMapMany(body -> body),
                            16,
                            1);
        }
    },
    /** The SDK's client with its default settings. Each object is read by {@code getObject} as a publisher. */
    GET_OBJECT {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            return getObject(sdk(port, NettyNioAsyncHttpClient.builder()).build(), objects);
        }
    },
    /** The same as {@link #GET_OBJECT}, but with {@code ReactorNettyHttpClient}. */
    GET_OBJECT_REACTOR_NETTY {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            return getObject(sdk(port, ReactorNettyHttpClient.builder()).build(), objects);
        }
    },
    /**
     * The SDK's transfer manager, which downloads to a publisher. Its client has {@code multipartEnabled}, as the
     * transfer manager's guide recommends.
     */
    TRANSFER_MANAGER {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            S3TransferManager manager = S3TransferManager.builder()
                    .s3Client(sdk(port, NettyNioAsyncHttpClient.builder().maxConcurrency(100))
                            .multipartEnabled(true)
                            .build())
                    .build();
            return () -> objects.keys()
                    .concatMap(
                            key -> Mono.fromFuture(() -> manager.download(DownloadRequest.builder()
                                                    .getObjectRequest(object(key))
                                                    .responseTransformer(
                                                            AsyncResponseTransformer.<GetObjectResponse>toPublisher())
                                                    .build())
                                            .completionFuture())
                                    .flatMapMany(done -> done.result()),
                            0);
        }
    },
    /**
     * Pekko Connectors S3, which calls {@code getObject} for each key. The received bytes are already on the heap, so
     * they are wrapped and not copied.
     */
    PEKKO {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            ActorSystem system = ActorSystem.create(
                    "bench",
                    // Logging is off, because the result is written to standard output. The threads are daemon threads,
                    // so that the JVM can end after a failed read.
                    ConfigFactory.parseString("pekko { stdout-loglevel = OFF, loglevel = OFF, daemonic = on }")
                            .withFallback(ConfigFactory.load()));
            Attributes settings = S3Attributes.settings(S3Settings.create(system)
                    .withEndpointUrl("http://127.0.0.1:" + port)
                    .withAccessStyle(AccessStyle.pathAccessStyle())
                    .withS3RegionProvider(() -> Region.US_EAST_1)
                    .withCredentialsProvider(CREDENTIALS));
            return () -> Flux.defer(() -> Source.fromPublisher(objects.keys())
                    .flatMapConcat(key -> S3.getObject("bench", key).withAttributes(settings))
                    .map(ByteString::asByteBuffer)
                    .runWith(Sink.asPublisher(AsPublisher.WITHOUT_FANOUT), system));
        }
    },
    /** One GET per part. Each GET is sent only after the previous part has been read. */
    SEQUENTIAL_GETS {
        @Override
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            S3AsyncClient client = sdk(port, ReactorNettyHttpClient.builder()).build();
            return () -> objects.keys()
                    .concatMap(
                            key -> Flux.range(0, (int) ((objects.size() - 1) / partBytes + 1))
                                    .concatMap(
                                            part -> Mono.fromFuture(() -> client.getObject(
                                                            object(key).toBuilder()
                                                                    .range("bytes=" + (long) part * partBytes + "-"
                                                                            + ((part + 1L) * partBytes - 1))
                                                                    .build(),
                                                            AsyncResponseTransformer.toBytes()))
                                                    .map(bytes -> bytes.asByteBuffer()),
                                            0),
                            0);
        }
    },
    /**
     * An upper bound: a bare GET whose chunks are copied to new heap buffers. Nothing is listed, checked or retried.
     */
    RAW {
        @Override
        @SuppressWarnings("deprecation")
        Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes) {
            HttpClient client = HttpClient.create()
                    .option(
                            ChannelOption.RECVBUF_ALLOCATOR,
                            new AdaptiveRecvByteBufAllocator(2 << 10, 64 << 10, 128 << 10))
                    .httpResponseDecoder(spec -> spec.maxChunkSize(128 << 10));
            return () -> objects.keys()
                    .concatMap(
                            key -> client.get()
                                    .uri("http://127.0.0.1:" + port + "/bench/" + key)
                                    .responseContent()
                                    .map(bytes -> {
                                        byte[] copy = new byte[bytes.readableBytes()];
                                        bytes.readBytes(copy);
                                        return ByteBuffer.wrap(copy);
                                    }),
                            0);
        }
    };

    private static final AwsCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret"));

    abstract Supplier<Flux<ByteBuffer>> reader(int port, Objects objects, int partBytes);

    private static Supplier<Flux<ByteBuffer>> window(S3AsyncClient client, Objects objects, int partBytes) {
        return () -> S3Channels.prefix(
                        client,
                        "s3://bench/" + objects.prefix(),
                        S3ReadOptions.defaults().partSize(partBytes))
                .bytes();
    }

    private static Supplier<Flux<ByteBuffer>> getObject(S3AsyncClient client, Objects objects) {
        return () -> objects.keys()
                .concatMap(
                        key -> Mono.fromFuture(
                                        () -> client.getObject(object(key), AsyncResponseTransformer.toPublisher()))
                                .flatMapMany(body -> body),
                        0);
    }

    private static GetObjectRequest object(String key) {
        return GetObjectRequest.builder().bucket("bench").key(key).build();
    }

    /** Creates a client as the README shows. */
    static S3AsyncClient readme(int port) {
        return S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(CREDENTIALS)
                .build();
    }

    static S3AsyncClient crt(int port, int partBytes) {
        return S3AsyncClient.crtBuilder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(CREDENTIALS)
                .minimumPartSizeInBytes((long) partBytes)
                .targetThroughputInGbps(10.0)
                .build();
    }

    static S3AsyncClientBuilder sdk(int port, SdkAsyncHttpClient.Builder<?> http) {
        return S3AsyncClient.builder()
                .httpClientBuilder(http)
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .credentialsProvider(CREDENTIALS);
    }
}
