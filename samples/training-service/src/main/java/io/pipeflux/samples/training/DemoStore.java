package io.pipeflux.samples.training;

import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** An S3 server in this process. It keeps its objects in a directory, listens on loopback and checks signatures. */
public final class DemoStore implements AutoCloseable {

    /** The only bucket. */
    public static final String BUCKET = "pipeflux-demo";

    static final String IDENTITY = "demo-identity";
    static final String CREDENTIAL = "demo-credential";

    private final S3Proxy server;
    private final S3AsyncClient client;

    private DemoStore(S3Proxy server) {
        this.server = server;
        this.client = client(endpoint());
    }

    /** Starts a server that keeps its objects in a directory. */
    public static DemoStore start(Path directory) throws Exception {
        Files.createDirectories(directory);
        S3Proxy server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, IDENTITY, CREDENTIAL)
                .ignoreUnknownHeaders(true)
                .build();
        server.start();
        DemoStore store = new DemoStore(server);
        store.client.createBucket(request -> request.bucket(BUCKET)).join();
        return store;
    }

    /** Returns a client that reaches this server at a different address, such as that of a proxy. */
    public static S3AsyncClient client(URI endpoint) {
        return S3Clients.builder(endpoint, null)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(IDENTITY, CREDENTIAL)))
                .build();
    }

    /** Returns the server's address. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    /** Returns the environment variables that make the AWS SDK and the AWS CLI use this server. */
    public Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("AWS_ENDPOINT_URL", endpoint().toString());
        environment.put("AWS_REGION", Region.US_EAST_1.id());
        environment.put("AWS_ACCESS_KEY_ID", IDENTITY);
        environment.put("AWS_SECRET_ACCESS_KEY", CREDENTIAL);
        return environment;
    }

    /** Returns a client of this server. Closing the server also closes the client. */
    public S3AsyncClient client() {
        return client;
    }

    /** Returns the URI of a key or a prefix. */
    public String uri(String key) {
        return "s3://" + BUCKET + "/" + key;
    }

    /** Stores an object. */
    public void put(String key, byte[] object) {
        client.putObject(request -> request.bucket(BUCKET).key(key), AsyncRequestBody.fromBytesUnsafe(object))
                .join();
    }

    /** Generates and uploads a data set, object by object. Returns the data set's column sums. */
    public ColumnSums upload(DemoData data, PrintWriter out) {
        ColumnSums sums = new ColumnSums(data.features());
        try (Progress progress = Progress.of("uploading " + data.channel(), data.objects(), out)) {
            for (int i = 0; i < data.objects(); i++) {
                String key = String.format(Locale.ROOT, "%s/part-%05d.tfrecord", data.channel(), i);
                byte[] object = data.object(i, sums);
                put(key, object);
                progress.step(String.format(Locale.ROOT, "%,d records", sums.rows()));
            }
        }
        return sums;
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
