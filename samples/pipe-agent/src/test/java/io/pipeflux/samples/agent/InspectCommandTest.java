package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

class InspectCommandTest {

    @TempDir
    private Path root;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int inspect(String... args) {
        String[] all = new String[args.length + 1];
        all[0] = "inspect";
        System.arraycopy(args, 0, all, 1, args.length);
        return AgentCommand.run(new PrintWriter(out), new PrintWriter(err), all);
    }

    private String data() {
        return "file:" + root.resolve("data");
    }

    @BeforeEach
    void makeRoot() throws IOException {
        Files.createDirectories(root.resolve("data"));
    }

    @Test
    void recordsAreDescribedAndTheirSchemaReadsThem() throws Exception {
        Example.Builder example = Example.newBuilder();
        example.getFeaturesBuilder()
                .putFeature(
                        "x\u202e",
                        Feature.newBuilder()
                                .setFloatList(FloatList.newBuilder().addValue(1).addValue(2))
                                .build());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Flux.just(example.build(), example.build())
                .map(message -> ByteBuffer.wrap(message.toByteArray()))
                .transform(TfRecords.encode())
                .doOnNext(
                        frame -> bytes.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining()))
                .blockLast();
        Files.write(root.resolve("data/part-0"), bytes.toByteArray());
        Files.writeString(root.resolve("data/_SUCCESS"), "{}");

        assertThat(inspect(data())).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains(
                        "TFRECORD",
                        "tf.train.Example, 2 read",
                        "Feature.float32(",
                        "val schema",
                        "\"records\": \"example\"")
                .doesNotContain("\u202e");
        assertEmitted("--only", "json");
    }

    @Test
    void textIsDescribedAndItsSchemaReadsIt() throws Exception {
        Files.writeString(root.resolve("data/a.csv"), "id,name\n1,\"a\nb\"\n");
        Files.writeString(root.resolve("data/b.csv"), "name,id\nc,2\n");
        assertThat(inspect(data())).as(err.toString()).isZero();
        assertThat(out.toString()).contains("CSV, 2 read", "CsvField.int64(\"id\")");
        assertEmitted("--only", "json");
        Files.delete(root.resolve("data/b.csv"));
        Files.writeString(
                root.resolve("data/a.csv"), "{\"a\":{\"b\":[1,2]}}\n{\"a\":{\"b\":[]},\"c\":null,\"d\":\"\"}\n");
        assertEmitted("--only", "json", "--records", "10");
    }

    @Test
    void zstandardIsFoundAndRead() throws Exception {
        byte[] text = "{\"id\":1,\"name\":\"x\",\"sold\":true}\n{\"id\":2,\"name\":\"\",\"sold\":false}\n"
                .getBytes(StandardCharsets.UTF_8);
        Files.write(root.resolve("data/a.jsonl.zst"), Zstd.compress(text));

        assertThat(inspect(data())).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("TEXT_LINES, compression ZSTD", "compression(Compression.ZSTD)")
                .contains("\"dtype\": \"utf8\"", "\"dtype\": \"bool\"");
        assertEmitted("--only", "json");
    }

    /** What is printed for {@code --schema} emits two rows. */
    private void assertEmitted(String... options) throws IOException {
        out.getBuffer().setLength(0);
        String[] args = new String[options.length + 1];
        args[0] = data();
        System.arraycopy(options, 0, args, 1, options.length);
        assertThat(inspect(args)).as(err.toString()).isZero();
        Path file = Files.writeString(root.resolve("schema.json"), out.toString());
        ArrowEmission emission = new ArrowEmission(
                FormatOption.auto,
                SchemaFile.read(file),
                SchemaFile.text(file),
                10,
                AgentOptions.Remaining.keep,
                0,
                BadRecords.none());
        ChannelSpec channel = new ChannelSpec(
                "train",
                ChannelSpec.Kind.S3Prefix,
                "file:" + root,
                List.of(),
                List.of(),
                false,
                false,
                Compression.NONE,
                null,
                null);
        Flux<ObjectBytes> objects = DirectoryChannel.of(root.resolve("data"))
                .objects()
                .filter(object -> !object.key().contains("_SUCCESS"));
        ColumnBatch batch = emission.emit(channel, objects)
                .concatMap(ObjectBytes::bytes)
                .transform(ArrowStreams.decode())
                .blockLast();
        assertThat(batch).isNotNull();
        assertThat(batch.rows()).isEqualTo(2);
    }

    @Test
    void whatIsWrongIsOneLine() throws Exception {
        assertThat(inspect()).isEqualTo(2);
        assertThat(inspect("nowhere")).isEqualTo(2);
        assertThat(inspect(data())).isEqualTo(1);
        assertThat(inspect(data(), "--records", "0")).isEqualTo(2);
        Files.write(root.resolve("data/a"), new byte[] {0, 1, 2, 3});
        assertThat(inspect(data())).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(5).allMatch(line -> line.startsWith("error: "));
        assertThat(inspect("--help")).isZero();
        assertThat(out.toString()).contains("URI");
    }
}
