package io.pipeflux.flink;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.util.function.SerializableSupplier;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** An S3 server in this process, and clients whose calls fail as often as is asked for, before or after the work. */
final class SinkStore implements AutoCloseable {

    /** What a sink asks the store to do. */
    private static final Set<String> FAILING =
            Set.of("createMultipartUpload", "uploadPart", "completeMultipartUpload", "putObject", "listObjectsV2");

    /** The tasks run in this process; a factory of clients is serialized. */
    private static final ConcurrentHashMap<Integer, SinkStore> STORES = new ConcurrentHashMap<>();

    final AtomicInteger failuresLeft = new AtomicInteger();
    final AtomicInteger failedAfterwards = new AtomicInteger();
    final AtomicInteger openClients = new AtomicInteger();
    private final S3Proxy proxy;
    private final S3AsyncClient client;

    private SinkStore(S3Proxy proxy) {
        this.proxy = proxy;
        this.client = connect(proxy.getPort());
    }

    static SinkStore start() throws Exception {
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(new TransientNio2BlobStore())
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "identity", "credential")
                .ignoreUnknownHeaders(true)
                .build();
        proxy.start();
        SinkStore store = new SinkStore(proxy);
        STORES.put(proxy.getPort(), store);
        store.client.createBucket(request -> request.bucket("bucket")).join();
        return store;
    }

    private static S3AsyncClient connect(int port) {
        return S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("identity", "credential")))
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .build();
    }

    /** Returns a client without faults. */
    S3AsyncClient client() {
        return client;
    }

    int port() {
        return proxy.getPort();
    }

    /** Returns a factory of clients, which can be sent with a job. */
    SerializableSupplier<S3AsyncClient> clients() {
        int port = proxy.getPort();
        return () -> STORES.get(port).failing(connect(port));
    }

    private S3AsyncClient failing(S3AsyncClient real) {
        openClients.incrementAndGet();
        return (S3AsyncClient) Proxy.newProxyInstance(
                S3AsyncClient.class.getClassLoader(),
                new Class<?>[] {S3AsyncClient.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        openClients.decrementAndGet();
                    }
                    boolean after = false;
                    if (FAILING.contains(method.getName())
                            && new SplittableRandom().nextInt(3) == 0
                            && failuresLeft.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                        after = new SplittableRandom().nextBoolean();
                        if (!after) {
                            return CompletableFuture.failedFuture(new IllegalStateException("a failure of the test"));
                        }
                    }
                    Object result;
                    try {
                        result = method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    return after
                            ? ((CompletableFuture<?>) result).thenApply(done -> {
                                failedAfterwards.incrementAndGet();
                                throw new IllegalStateException("a failure of the test, after it was done");
                            })
                            : result;
                });
    }

    List<String> keys(String prefix) {
        return Flux.from(client.listObjectsV2Paginator(
                                list -> list.bucket("bucket").prefix(prefix))
                        .contents())
                .map(it -> it.key())
                .collectSortedList()
                .block();
    }

    S3Channel manifest(String key) {
        return S3Channels.manifest(client, "s3://bucket/" + key);
    }

    /** Returns the records of all objects, sorted. */
    List<Long> numbers(S3Channel channel) {
        return channel.objects()
                .transform(TfRecords.decodeObjects())
                .map(SinkStore::number)
                .collectSortedList()
                .block();
    }

    private static long number(RawRecord record) {
        return record.bytes().getLong();
    }

    List<String> objects(Flux<String> manifests) {
        return manifests
                .concatMap(key -> manifest(key).objects(), 0)
                .map(it -> it.key())
                .collectSortedList()
                .block();
    }

    /** Returns how many uploads are neither committed nor aborted. */
    int uploads() {
        return client.listMultipartUploads(list -> list.bucket("bucket"))
                .join()
                .uploads()
                .size();
    }

    @Override
    public void close() {
        client.close();
        STORES.remove(proxy.getPort());
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server did not stop", e);
        }
    }
}
