package io.pipeflux.samples.agent;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** An S3 server in this process, with objects in memory and signatures checked. */
final class TestStore implements AutoCloseable {

    static final String ACCESS_KEY = "local-identity";
    static final String SECRET_KEY = "local-credential";
    static final String BUCKET = "bucket";

    private final S3Proxy server;
    private final S3AsyncClient client;

    private TestStore(S3Proxy server) {
        this.server = server;
        this.client = S3AsyncClient.builder()
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .endpointOverride(endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .build();
    }

    static TestStore start(int port) throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(new TransientNio2BlobStore())
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                .ignoreUnknownHeaders(true)
                .build();
        server.start();
        TestStore store = new TestStore(server);
        store.client.createBucket(request -> request.bucket(BUCKET)).join();
        return store;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    S3AsyncClient client() {
        return client;
    }

    static String uri(String key) {
        return "s3://" + BUCKET + "/" + key;
    }

    void put(String key, byte[] bytes) {
        client.putObject(request -> request.bucket(BUCKET).key(key), AsyncRequestBody.fromBytes(bytes))
                .join();
    }

    @Override
    public void close() {
        client.close();
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server did not stop", e);
        }
    }
}
