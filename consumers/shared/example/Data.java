package example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.core.agent.PipeAgent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A file of TFRecords, put where pipelines read it, and what their rows must sum up to. */
public final class Data {

    public static final int EPOCHS = 2;
    public static final Schema SCHEMA = Schema.of(Feature.int64("labels"));

    private static final int RECORDS = 1000;
    private static final long SUM = EPOCHS * (RECORDS / 100) * 4950L;

    private Data() {}

    /** Starts an agent that streams a local file through the pipes of the returned directory. */
    public static Path startAgent() throws IOException {
        Path root = Files.createTempDirectory("pipeflux");
        Path objects = Files.createDirectory(root.resolve("objects"));
        Files.write(objects.resolve("part-0.tfrecord"), file());
        PipeAgent.at(root)
                .channel("train", DirectoryChannel.of(objects).objects())
                .epochs(EPOCHS)
                .run()
                .subscribe(nothing -> {}, Data::exit);
        return root;
    }

    /** Puts the file into a bucket of its own and returns the address of its prefix. */
    public static String upload(S3AsyncClient s3) {
        String bucket = "train-" + System.nanoTime();
        s3.createBucket(request -> request.bucket(bucket)).join();
        s3.putObject(request -> request.bucket(bucket).key("train/part-0.tfrecord"), AsyncRequestBody.fromBytes(file()))
                .join();
        return "s3://" + bucket + "/train/";
    }

    /** A client of the store at the end point that the system property names. */
    public static S3AsyncClient client(SdkAsyncHttpClient.Builder<?> http) {
        return S3AsyncClient.builder()
                .httpClientBuilder(http)
                .endpointOverride(URI.create(System.getProperty("store")))
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .build();
    }

    public static long sum(ColumnBatch batch) {
        long sum = 0;
        for (int row = 0; row < batch.rows(); row++) {
            sum += batch.column("labels").asLongBuffer().get(row);
        }
        return sum;
    }

    public static void check(String what, long rows, long sum) {
        if (rows != EPOCHS * RECORDS || sum != SUM) {
            throw new IllegalStateException("%s: expected %d rows with the sum %d, but got %d with %d"
                    .formatted(what, EPOCHS * RECORDS, SUM, rows, sum));
        }
        System.out.println(what + ": " + rows + " rows");
    }

    /** A {@code tf.train.Example} with one label below 128, written byte by byte: columns need no protobuf. */
    static RawRecord example(int label) {
        ByteBuffer bytes = ByteBuffer.allocate(19).put(new byte[] {0x0a, 17, 0x0a, 15, 0x0a, 6});
        bytes.put("labels".getBytes(StandardCharsets.US_ASCII)).put(new byte[] {0x12, 5, 0x1a, 3, 0x0a, 1, (byte) label});
        return RawRecord.of(bytes.flip());
    }

    private static byte[] file() {
        return Flux.range(0, RECORDS)
                .map(n -> example(n % 100).bytes())
                .transform(TfRecords.encode())
                .collect(ByteArrayOutputStream::new, (out, frame) -> {
                    byte[] bytes = new byte[frame.remaining()];
                    frame.get(bytes);
                    out.writeBytes(bytes);
                })
                .block()
                .toByteArray();
    }

    private static void exit(Throwable error) {
        error.printStackTrace();
        System.exit(1);
    }
}
