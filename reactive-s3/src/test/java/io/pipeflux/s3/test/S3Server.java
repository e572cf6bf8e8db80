package io.pipeflux.s3.test;

import java.net.URI;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;

/** An S3 server in this process, with objects in memory and signatures checked, and clients for it. */
public final class S3Server implements Store {

    public static final String ACCESS_KEY = "local-identity";
    public static final String SECRET_KEY = "local-credential";

    /** Keeps the event loops that its kind shares: with the last client their end is waited for, two seconds. */
    private static final SdkAsyncHttpClient KEPT = NettyNioAsyncHttpClient.create();

    private final S3Proxy proxy;
    private final List<S3AsyncClient> clients = new CopyOnWriteArrayList<>();
    private final S3AsyncClient client;

    private S3Server(S3Proxy proxy) {
        this.proxy = proxy;
        this.client = client(port());
    }

    public static S3Server start() throws Exception {
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(new TransientNio2BlobStore())
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                .ignoreUnknownHeaders(true)
                .build();
        proxy.start();
        return new S3Server(proxy);
    }

    public int port() {
        return proxy.getPort();
    }

    @Override
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port());
    }

    @Override
    public String accessKey() {
        return ACCESS_KEY;
    }

    @Override
    public String secretKey() {
        return SECRET_KEY;
    }

    /** A client straight to the server. */
    public S3AsyncClient client() {
        return client;
    }

    /** A client to a port, such as a {@link FaultProxy}'s, closed with the server. */
    public S3AsyncClient client(int port) {
        return client(port, ACCESS_KEY, SECRET_KEY, http -> {});
    }

    public S3AsyncClient client(
            int port, String accessKey, String secretKey, Consumer<NettyNioAsyncHttpClient.Builder> http) {
        NettyNioAsyncHttpClient.Builder httpClient = NettyNioAsyncHttpClient.builder();
        http.accept(httpClient);
        return client(
                port,
                made -> made.httpClientBuilder(httpClient)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey))));
    }

    /** A client that never tries again by itself, so that every fault is seen. */
    public S3AsyncClient plainClient(int port, SdkAsyncHttpClient.Builder<?> http) {
        return client(
                port,
                made -> made.httpClientBuilder(http)
                        .overrideConfiguration(c -> c.retryStrategy(AwsRetryStrategy.doNotRetry())));
    }

    /** A client with the right credentials, unless the caller sets others; closed with the server. */
    public S3AsyncClient client(int port, Consumer<S3AsyncClientBuilder> more) {
        S3AsyncClientBuilder builder = S3AsyncClient.builder()
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)));
        more.accept(builder);
        S3AsyncClient made = builder.endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .build();
        clients.add(made);
        return made;
    }

    /** A client on the AWS CRT, whose own retries are as few as can be; closed with the server. */
    public S3AsyncClient crtClient(int port) {
        S3AsyncClient made = S3AsyncClient.crtBuilder()
                .endpointOverride(URI.create("http://127.0.0.1:" + port))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .retryConfiguration(retries -> retries.numRetries(0))
                .build();
        clients.add(made);
        return made;
    }

    public void createBucket(String bucket) {
        client.createBucket(r -> r.bucket(bucket)).join();
    }

    public void put(String bucket, String key, byte[] bytes) {
        client.putObject(r -> r.bucket(bucket).key(key), AsyncRequestBody.fromBytes(bytes))
                .join();
    }

    public void delete(String bucket, String key) {
        client.deleteObject(r -> r.bucket(bucket).key(key)).join();
    }

    /** Bytes that differ everywhere, the same for the same arguments. */
    public static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }

    @Override
    public void close() {
        clients.parallelStream().forEach(S3AsyncClient::close); // each takes its time
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the server did not stop", e);
        }
    }
}
