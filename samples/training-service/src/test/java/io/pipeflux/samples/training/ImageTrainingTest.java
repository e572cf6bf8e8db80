package io.pipeflux.samples.training;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.agent.AgentChannel;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.rows.RowGroups;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.samples.training.images.ImageDecoder;
import io.pipeflux.samples.training.images.ImageInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/**
 * SageMaker's image classification: an agent streams an augmented manifest of images through pipes, a trainer learns.
 */
class ImageTrainingTest {

    private static final int IMAGES = 40;
    private static final List<String> ATTRIBUTES = List.of("image-ref", "class");
    private static final Map<String, String> PARAMETERS = Map.of(
            "train-input", ImageInput.class.getName(),
            "eval-input", ImageInput.class.getName(),
            "height", "4",
            "width", "6",
            "features", "72",
            "epochs", "3",
            "batch", "8");

    @TempDir
    static Path directory;

    private static DemoStore store;

    @BeforeAll
    static void uploadImages() throws Exception {
        store = DemoStore.start(directory.resolve("store"));
        StringBuilder manifest = new StringBuilder();
        for (int i = 0; i < IMAGES; i++) {
            String key = "images/" + i + (i % 2 == 0 ? ".png" : ".jpg");
            store.put(key, image(i));
            manifest.append(
                    "{\"image-ref\": \"" + store.uri(key) + "\", \"by\": \"me\", \"class\": " + label(i) + "}\n");
        }
        store.put("train.manifest", manifest.toString().getBytes(UTF_8));
    }

    @AfterAll
    static void stopStore() {
        store.close();
    }

    @Test
    void imagesOfAPipeBecomeBytesOfEqualSize() {
        Path root = directory.resolve("batches");
        Disposable agent = agent(root);
        List<ColumnBatch> batches = ImageInput.images(
                        InputChannels.of(root, Map.of("train", InputMode.PIPE)),
                        "train",
                        2,
                        Hyperparameters.of(PARAMETERS))
                .collectList()
                .block();
        agent.dispose();

        assertThat(batches).hasSize(2 * IMAGES / 8);
        Column images = batches.get(1).column("image");
        assertThat(images.dtype()).isEqualTo(DType.UINT8);
        assertThat(images.shape()).containsExactly(8, 4, 6, 3);
        for (int i = 0; i < IMAGES; i++) {
            ColumnBatch batch = batches.get(i / 8);
            assertThat(batch.column("labels").asLongBuffer().get(i % 8)).isEqualTo(label(i));
            ByteBuffer pixels = batch.column("image").values();
            int at = i % 8 * 72 + 30;
            Color color = color(i);
            assertThat(pixels.get(at) & 0xff)
                    .as("red of image %s", i)
                    .isBetween(color.getRed() - 8, color.getRed() + 8);
            assertThat(pixels.get(at + 2) & 0xff).isBetween(color.getBlue() - 8, color.getBlue() + 8);
        }
    }

    @Test
    void theServiceLearnsThem() throws IOException {
        Path root = Files.createDirectories(directory.resolve("ml")); // in a directory, the service waits for the agent
        Disposable agent = agent(root);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = TrainingService.run(
                new PrintWriter(out, true), new PrintWriter(err, true), "train", "--ml-root", root.toString());
        agent.dispose();
        assertThat(code).as(err.toString()).isZero();
        assertThat(out.toString()).contains("120 records in 15 steps").containsPattern("accuracy +1\\.000");
    }

    @Test
    void linesOfS3AreShuffledSharedAndResumedWithoutAPipe() {
        S3Channel channel = S3Channels.augmentedManifest(store.client(), store.uri("train.manifest"), ATTRIBUTES)
                .shuffle(7);
        List<Long> sums = new ArrayList<>();
        for (int host = 0; host < 2; host++) {
            Flux<ColumnBatch> batches = rows(channel.shard(2, host))
                    .transform(mapAndBatch(
                            BatchOptions.of(4, 1).scheduler(Schedulers.boundedElastic()),
                            ImageDecoder.of(1, 1)::decode))
                    .map(ImageDecoder.of(1, 1)::batch);
            List<ColumnBatch> all = batches.collectList().block();
            assertThat(all).hasSize(IMAGES / 2 / 4);
            assertThat(batches.contextWrite(Pass.resumeAt(all.get(1).resumeAt()))
                            .collectList()
                            .block())
                    .isEqualTo(all.subList(2, all.size()));
            all.forEach(batch -> sums.add(check(batch)));
        }
        assertThat(sums.stream().mapToLong(sum -> sum).sum()).isEqualTo(IMAGES / 2);
    }

    /** Returns the sum of the labels; each image must have its own. */
    private static long check(ColumnBatch batch) {
        long sum = 0;
        for (int i = 0; i < batch.rows(); i++) {
            long label = batch.column("labels").asLongBuffer().get(i);
            int red = batch.column("image").values().get(3 * i) & 0xff;
            assertThat(label).isEqualTo(red > 128 ? 1 : 0);
            sum += label;
        }
        return sum;
    }

    @Test
    void whatIsNotAnImageIsAnErrorThatNamesItsLine() {
        Flux<RawRecord> rows = Flux.just("not an image", "1")
                .map(text -> ByteBuffer.wrap(text.getBytes(UTF_8)))
                .transform(RecordIo.encode())
                .transform(ImageDecoder.rows().decode());
        StepVerifier.create(rows.map(ImageDecoder.of(1, 1)::decode))
                .expectError(SchemaMismatchException.class)
                .verify();
    }

    private static Flux<RawRecord> rows(S3Channel channel) {
        return channel.objects()
                .transform(RowGroups.join(2))
                .transform(ImageDecoder.rows().decodeObjects());
    }

    private static Disposable agent(Path root) {
        S3Channel channel = S3Channels.augmentedManifest(store.client(), store.uri("train.manifest"), ATTRIBUTES);
        return PipeAgent.at(root)
                .channel(AgentChannel.of("train", channel.objects())
                        .form(RecordIo.wrap())
                        .wrapped(true))
                .channel(AgentChannel.of("eval", channel.objects())
                        .form(RecordIo.wrap())
                        .wrapped(true))
                .hyperparameters(PARAMETERS)
                .epochs(10)
                .run()
                .subscribe(done -> {}, error -> {});
    }

    private static int label(int i) {
        return i / 2 % 2;
    }

    /** Red images are of class 1, blue ones of class 0. */
    private static Color color(int i) {
        return label(i) == 1 ? new Color(200, 10, 20 + i) : new Color(20 + i, 10, 200);
    }

    private static byte[] image(int i) throws IOException {
        BufferedImage image = new BufferedImage(30 + i, 20 + i, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(color(i));
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.dispose();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, i % 2 == 0 ? "png" : "jpg", bytes);
        return bytes.toByteArray();
    }
}
