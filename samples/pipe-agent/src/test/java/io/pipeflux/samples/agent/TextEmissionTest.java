package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.arrow.ArrowStreams;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** CSV with headers and lines of JSON, from files through the schema's file into Arrow streams. */
class TextEmissionTest {

    private static final String CSV = """
            {"records": "csv", "header": "names", "fields": [{"name": "id", "dtype": "uint8"}, {"name": "text", "dtype": "bytes"}]}
            """;
    private static final String JSON = """
            {"records": "json", "fields": [{"name": "id", "path": "$.a.id", "dtype": "int64", "default": -1},
             {"name": "tags", "path": "$.tags[*]", "dtype": "bytes"}]}
            """;

    @TempDir
    private Path root;

    private ColumnBatch emitted(String schema, FormatOption format) throws IOException {
        return emitted(schema, format, Compression.NONE);
    }

    private ColumnBatch emitted(String schema, FormatOption format, Compression compression) throws IOException {
        Path file = Files.writeString(root.resolve("schema.json"), schema);
        ArrowEmission emission = new ArrowEmission(
                format,
                SchemaFile.read(file),
                SchemaFile.text(file),
                100,
                AgentOptions.Remaining.keep,
                0,
                BadRecords.none());
        ChannelSpec channel = new ChannelSpec(
                "train", Kind.S3Prefix, "file:" + root, List.of(), List.of(), false, false, compression, null, null);
        return Objects.requireNonNull(
                emission.emit(channel, DirectoryChannel.of(root.resolve("data")).objects())
                        .concatMap(ObjectBytes::bytes)
                        .transform(ArrowStreams.decode())
                        .single()
                        .block());
    }

    private void write(String name, byte[] bytes) throws IOException {
        Files.write(Files.createDirectories(root.resolve("data")).resolve(name), bytes);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private static List<String> strings(Column column) {
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < column.size(); i++) {
            strings.add(StandardCharsets.UTF_8.decode(column.bytes(i)).toString());
        }
        return strings;
    }

    private static long[] longs(Column column) {
        long[] values = new long[column.size()];
        column.copyTo(values);
        return values;
    }

    @Test
    void csvHasAHeaderInEachFile() throws Exception {
        write("a.csv", "\ufeffid,text\n1,\"a\nb\"\n".getBytes(StandardCharsets.UTF_8));
        write("b.csv", "text,more,id\nc,,255".getBytes(StandardCharsets.UTF_8));
        for (FormatOption format : List.of(FormatOption.auto, FormatOption.lines)) {
            ColumnBatch batch = emitted(CSV, format);
            assertThat(longs(batch.column("id"))).containsExactly(1, 255);
            assertThat(strings(batch.column("text"))).containsExactly("a\nb", "c");
        }
    }

    @Test
    void compressedTextIsFound() throws Exception {
        write("a.csv.gz", gzip("id,text\n1,\"a\nb\"\n"));
        assertThat(strings(emitted(CSV, FormatOption.auto).column("text"))).containsExactly("a\nb");
    }

    @Test
    void zstandardIsFoundOrNamed() throws Exception {
        write("a.csv.zst", Zstd.compress("id,text\n1,a\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(strings(emitted(CSV, FormatOption.auto).column("text"))).containsExactly("a");
        assertThat(strings(emitted(CSV, FormatOption.auto, Compression.ZSTD).column("text")))
                .containsExactly("a");
        assertThat(strings(emitted(CSV, FormatOption.lines, Compression.ZSTD).column("text")))
                .containsExactly("a");
        assertThatThrownBy(() -> emitted(CSV, FormatOption.auto, Compression.GZIP))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("expected an object in GZIP");
    }

    @Test
    void bytesInZstandardAreInflatedAndWrapped() throws Exception {
        byte[] text = "some text".getBytes(StandardCharsets.UTF_8);
        write("a.zst", Zstd.compress(text));
        for (boolean wrapped : new boolean[] {false, true}) {
            ChannelSource source = new ChannelSource(
                    new ChannelSpec(
                            "train",
                            Kind.S3Prefix,
                            "file:" + root.resolve("data"),
                            List.of(),
                            List.of(),
                            false,
                            wrapped,
                            Compression.ZSTD,
                            null,
                            null),
                    null,
                    S3Client.lazily(null, null),
                    S3ReadOptions.defaults());
            Flux<ByteBuffer> bytes = source.objects().concatMap(source.form());
            Flux<ByteBuffer> payloads =
                    wrapped ? bytes.transform(RecordIo.decode()).map(RawRecord::bytes) : bytes;
            assertThat(payloads.collectList().block()).containsExactly(ByteBuffer.wrap(text));
            assertThat(source.content(0)).endsWith(" zstd");
        }
    }

    @Test
    void linesOfJsonHavePaths() throws Exception {
        write(
                "a.jsonl",
                "{\"a\":{\"id\":7},\"tags\":[\"x\",\"y\"]}\n\n{\"tags\":[]}\n".getBytes(StandardCharsets.UTF_8));
        ColumnBatch batch = emitted(JSON, FormatOption.auto);
        assertThat(longs(batch.column("id"))).containsExactly(7, -1);
        assertThat(strings(batch.column("tags"))).containsExactly("x", "y");
        assertThat(batch.column("tags").rowSplits().get(1)).isEqualTo(2);
    }

    @Test
    void aHeaderIsRefusedWhereThereIsNone() throws Exception {
        ByteBuffer record = ByteBuffer.wrap("1,a".getBytes(StandardCharsets.UTF_8));
        ByteBuffer frame = Objects.requireNonNull(
                Flux.just(record).transform(TfRecords.encode()).blockFirst());
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        write("a.tfrecord", bytes);
        assertThat(longs(
                        emitted(CSV.replace("names", "none"), FormatOption.auto).column("id")))
                .containsExactly(1);
        for (FormatOption format : List.of(FormatOption.auto, FormatOption.tfrecord)) {
            assertThatThrownBy(() -> emitted(CSV, format))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("header");
        }
    }
}
