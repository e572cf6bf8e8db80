package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.core.async.AsyncRequestBody;

class TrainingServiceTest {

    @TempDir
    static Path directory;

    private static DemoStore store;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void startStore() throws Exception {
        store = DemoStore.start(directory.resolve("s3"));
        System.setProperty("aws.accessKeyId", "demo-identity");
        System.setProperty("aws.secretAccessKey", "demo-credential");
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        store.upload(new DemoData("train", 700, 3, 16, 1), nowhere);
        store.upload(new DemoData("eval", 130, 2, 16, 2), nowhere);
        store.client()
                .putObject(
                        request -> request.bucket(DemoStore.BUCKET).key("text/a"),
                        AsyncRequestBody.fromString("no TFRecord"))
                .join();
    }

    @AfterAll
    static void stopStore() {
        store.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    @AfterEach
    void nothingIsLeftRunning() {
        await().untilAsserted(() -> assertThat(OpenResources.pipeThreads()).isEmpty());
    }

    private int run(String... args) {
        return TrainingService.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private int runFromStore(String train, String... more) {
        String endpoint = store.endpoint().toString();
        Stream<String> args = Stream.of("--train", train, "--eval", store.uri("eval/"), "--endpoint", endpoint);
        return run(Stream.concat(args, Stream.of(more)).toArray(String[]::new));
    }

    private void assertOneLine(String part) {
        assertThat(err.toString().lines())
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("error: ").contains(part));
    }

    @Test
    void aSmallDemoTrainsChecksItsSumsAndKeepsTheModel() {
        int code = run(
                "--demo",
                "--demo-records",
                "1408",
                "--demo-eval-records",
                "320",
                "--steps",
                "100",
                "--eval-steps",
                "5");
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .contains("training: 100 of 100")
                .contains("6,400 records in 100 steps")
                .contains("epoch 4, byte")
                .contains("equal to the generator's to the last bit")
                .contains("s3://pipeflux-demo/output/model.json, read back equal");
        assertThat(code).isZero();
    }

    @Test
    void trainsOnRealInputToItsEnd() {
        int code =
                runFromStore(store.uri("train/"), "--features", "16", "--epochs", "3", "--output", store.uri("models"));
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .contains("2,100 records in 33 steps")
                .contains("over 700 records")
                .contains("s3://pipeflux-demo/models/model.json, read back equal");
        assertThat(code).isZero();
    }

    @Test
    void fileModeDownloadsFirstAndTrainsTheSame() {
        assertThat(runFromStore(store.uri("train/"), "--features", "16", "--epochs", "3", "--input-mode", "file"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .containsPattern("downloaded [0-9,]+ bytes in ")
                .contains("2,100 records in 33 steps")
                .containsPattern("epoch 2, object 2, ");
    }

    @Test
    void bothModesAreComparedOnTheSameData() {
        assertThat(runFromStore(store.uri("train/"), "--features", "16", "--epochs", "2", "--input-mode", "both"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString().split("1,400 records in 22 steps", -1)).hasSize(3);
        assertThat(out.toString())
                .contains("| File mode | Pipe mode |")
                .containsPattern("start-up: until the first batch +\\| +[0-9.]+ s \\| +[0-9.]+ s \\| [0-9]+ % ")
                .containsPattern("disk used +\\| +[0-9.]+ MB \\| +0.0 MB ")
                .containsPattern("throughput, of the whole ")
                .containsPattern("total time ");
    }

    @Test
    void readsPipesThatAnotherAgentFills() throws IOException {
        Path ml = Files.createDirectories(directory.resolve("ml-pipes"));
        config(ml);
        ChannelWriter writer = ChannelWriter.into(Files.createDirectories(ml.resolve("input/data")));
        Disposable agent = Flux.just("train", "eval")
                .flatMap(channel -> Flux.range(0, 10)
                        .concatMap(n -> writer.write(channel, n, records(channel), ObjectBytes::bytes), 0))
                .subscribe();
        int code = run("--ml-root", ml.toString(), "--features", "16", "--epochs", "2", "--steps", "5");
        agent.dispose();
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .contains("320 records in 5 steps")
                .contains("ml-pipes/model/model.json, read back equal");
        assertThat(code).isZero();
    }

    private static Flux<ObjectBytes> records(String channel) {
        byte[] bytes = new DemoData(channel, 200, 1, 16, 5).object(0, new ColumnSums(16));
        return Flux.just(
                ObjectBytes.of(channel, 0, bytes.length, null, from -> Flux.just(ByteBuffer.wrap(bytes.clone()))));
    }

    private static void config(Path ml) throws IOException {
        Path config = Files.createDirectories(ml.resolve("input/config"));
        String channel = "{\"TrainingInputMode\":\"Pipe\"}";
        Files.writeString(
                config.resolve("inputdataconfig.json"), "{\"train\":" + channel + ",\"eval\":" + channel + "}");
    }

    @Test
    void anUnknownFlagIsOneLine() {
        assertThat(run("--demo", "--frobnicate")).isEqualTo(2);
        assertOneLine("--frobnicate");
    }

    @Test
    void noSourceOrTwoAreOneLine() {
        assertThat(run()).isEqualTo(2);
        assertOneLine("--demo");
        err.getBuffer().setLength(0);
        assertThat(run("--demo", "--train", "s3://b/k")).isEqualTo(2);
        assertOneLine("mutually exclusive");
        err.getBuffer().setLength(0);
        assertThat(run("--train", "s3://b/k")).isEqualTo(2);
        assertOneLine("--train and --eval are required together");
        err.getBuffer().setLength(0);
        assertThat(run("--demo", "evaluate")).isEqualTo(2);
        assertOneLine("'evaluate'");
        err.getBuffer().setLength(0);
        assertThat(run("--demo", "--steps", "0")).isEqualTo(2);
        assertOneLine("expected --steps of at least 1, but got 0");
        for (String endpoint : List.of("a b", "localhost:9000", "http://")) {
            err.getBuffer().setLength(0);
            assertThat(run("--demo", "--endpoint", endpoint)).isEqualTo(2);
            assertOneLine("expected a URL such as https://HOST:PORT, but got '" + endpoint + "'");
        }
    }

    @Test
    void anEmptyPrefixIsOneLine() {
        assertThat(runFromStore(store.uri("nothing-here/"))).isEqualTo(2);
        assertOneLine("s3://pipeflux-demo/nothing-here/");
    }

    @Test
    void aMissingBucketIsOneLine() {
        assertThat(runFromStore("s3://no-such-bucket/train/")).isEqualTo(2);
        assertOneLine("no-such-bucket");
    }

    @Test
    void anUriThatIsNoneIsOneLine() {
        assertThat(runFromStore("/home/me/train")).isEqualTo(2);
        assertOneLine("/home/me/train");
    }

    @Test
    void objectsThatAreNoTfRecordsAreOneLine() {
        assertThat(runFromStore(store.uri("text/"), "--features", "16")).isEqualTo(2);
        assertOneLine("this program trains on tf.train.Example in TFRecord or RecordIO, but");
        assertThat(err.toString()).contains("s3://pipeflux-demo/text/a");
        err.getBuffer().setLength(0);
        assertThat(runFromStore(store.uri("text/"), "--features", "16", "--format", "tfrecord"))
                .isEqualTo(2);
        assertOneLine("TFRecord: ");
        assertThat(err.toString()).contains("train_0").contains("byte 0");
    }

    @Test
    void otherFramingsAndCompressionsAreDetected() throws IOException {
        for (String form : new String[] {"recordio", "gzip"}) {
            for (DemoData data :
                    new DemoData[] {new DemoData("train", 200, 1, 16, 1), new DemoData("eval", 64, 1, 16, 2)}) {
                byte[] object = inForm(form, data.object(0, new ColumnSums(16)));
                store.client()
                        .putObject(
                                request -> request.bucket(DemoStore.BUCKET).key(form + "-" + data.channel() + "/0"),
                                AsyncRequestBody.fromBytes(object))
                        .join();
            }
            out.getBuffer().setLength(0);
            String[] args = {
                "--train", store.uri(form + "-train/"),
                "--eval", store.uri(form + "-eval/"),
                "--endpoint", store.endpoint().toString(),
                "--features", "16",
                "--epochs", "2"
            };
            int code = run(args);
            assertThat(err.toString()).isEmpty();
            assertThat(out.toString()).contains(store.uri(form + "-train/0: ")).contains("400 records in 7 steps");
            assertThat(code).isZero();
        }
    }

    private static byte[] inForm(String form, byte[] tfRecords) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (form.equals("gzip")) {
            try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
                gzip.write(tfRecords);
            }
        } else {
            Flux.just(ByteBuffer.wrap(tfRecords))
                    .transform(TfRecords.decode())
                    .map(RawRecord::bytes)
                    .transform(RecordIo.encode())
                    .doOnNext(frame ->
                            bytes.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining()))
                    .blockLast();
        }
        return bytes.toByteArray();
    }

    @Test
    void recordsThatDoNotFitTheSchemaAreOneLine() {
        assertThat(runFromStore(store.uri("train/"), "--features", "17")).isEqualTo(2);
        assertOneLine("data");
    }

    @Test
    void debugShowsTheStackTrace() {
        assertThat(runFromStore(store.uri("nothing-here/"), "--debug")).isEqualTo(2);
        assertThat(err.toString()).contains("ObjectReadException").contains("\tat ");
    }
}
