package io.pipeflux.records.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.DetectedFormat.Kind;
import io.pipeflux.records.aialgs.proto.Float32Tensor;
import io.pipeflux.records.aialgs.proto.Record;
import io.pipeflux.records.aialgs.proto.Value;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.proto.BytesList;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.FeatureList;
import io.pipeflux.records.example.proto.FeatureLists;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.FloatList;
import io.pipeflux.records.example.proto.Int64List;
import io.pipeflux.records.example.proto.SequenceExample;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** What is proposed compiles, and parses the very data it was made of. */
class SchemasTest {

    @TempDir
    private Path root;

    private static Flux<ObjectBytes> objects(byte[]... contents) {
        List<ObjectBytes> objects = new ArrayList<>();
        for (byte[] content : contents) {
            objects.add(ObjectBytes.of(
                    "object-" + objects.size(),
                    objects.size(),
                    content.length,
                    null,
                    from -> Flux.just(ByteBuffer.wrap(content, (int) from, content.length - (int) from)
                            .slice())));
        }
        return Flux.fromIterable(objects);
    }

    private static Flux<ObjectBytes> texts(String... contents) {
        return objects(Stream.of(contents)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    private static byte[] framed(Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder, MessageLite... messages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Flux.fromArray(messages)
                .map(message -> ByteBuffer.wrap(message.toByteArray()))
                .transform(encoder)
                .doOnNext(frame -> out.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining()))
                .blockLast();
        return out.toByteArray();
    }

    private static InferredSchema infer(Flux<ObjectBytes> objects) {
        return Objects.requireNonNull(Schemas.infer(objects, 1000).block());
    }

    /** Compiles what was proposed, and reads all data with it. */
    private ColumnBatch read(InferredSchema schema, Flux<ObjectBytes> objects) throws Exception {
        String java = schema.toJava();
        int end = java.indexOf("\n\n");
        Path file = root.resolve("Proposed.java");
        Files.writeString(
                file,
                java.substring(0, end)
                        + "\npublic class Proposed {\n  public static Object read(reactor.core.publisher.Flux<io.pipeflux.core.ObjectBytes> objects) {\n"
                        + java.substring(end)
                        + "return objects.transform(format.decodeObjects()).collect(schema.batches()).block();\n}}\n");
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        errors,
                        errors,
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        root.toString(),
                        file.toString());
        assertThat(result).as("%s%n%s", java, errors).isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {root.toUri().toURL()}, getClass().getClassLoader())) {
            return (ColumnBatch)
                    loader.loadClass("Proposed").getMethod("read", Flux.class).invoke(null, objects);
        } catch (InvocationTargetException e) {
            throw new AssertionError(java, e.getCause());
        }
    }

    private static List<String> columns(ColumnBatch batch) {
        return batch.names().stream().map(name -> batch.column(name).toString()).toList();
    }

    private static Feature floats(float... values) {
        FloatList.Builder list = FloatList.newBuilder();
        for (float value : values) {
            list.addValue(value);
        }
        return Feature.newBuilder().setFloatList(list).build();
    }

    private static Feature ints(long... values) {
        return Feature.newBuilder()
                .setInt64List(Int64List.newBuilder()
                        .addAllValue(Arrays.stream(values).boxed().toList()))
                .build();
    }

    private static Feature bytes(String... values) {
        return Feature.newBuilder()
                .setBytesList(BytesList.newBuilder()
                        .addAllValue(
                                Stream.of(values).map(ByteString::copyFromUtf8).toList()))
                .build();
    }

    @Test
    void examplesAreDescribedAndRead() throws Exception {
        Example.Builder first = Example.newBuilder();
        first.getFeaturesBuilder()
                .putFeature("a$\"b", floats(1, 2, 3))
                .putFeature("label", ints(7))
                .putFeature("rare", ints(1, 2))
                .putFeature("tags", bytes("x", "y"))
                .putFeature("data", bytes("0123456789abcdef"))
                .putFeature("never", Feature.getDefaultInstance())
                .putFeature("mixed", ints(1));
        Example.Builder second = Example.newBuilder();
        second.getFeaturesBuilder()
                .putFeature("a$\"b", floats(4, 5, 6))
                .putFeature("label", ints(8))
                .putFeature("tags", bytes("z"))
                .putFeature("data", bytes("fedcba9876543210"))
                .putFeature("mixed", floats(1));
        Flux<ObjectBytes> data =
                objects(framed(TfRecords.encode(), first.build()), framed(TfRecords.encode(), second.build()));
        InferredSchema schema = infer(data);

        assertThat(schema.rows()).isEqualTo(2);
        assertThat(schema.format().kind()).isEqualTo(Kind.TFRECORD);
        ColumnBatch batch = read(schema, data);
        assertThat(columns(batch))
                .containsExactlyInAnyOrder(
                        "a$\"b FLOAT32[2, 3]",
                        "label INT64[2]",
                        "rare INT64[2, 2]",
                        "tags BYTES[2, -1]",
                        "data BYTES[2]")
                .hasSize(5);
        assertThat(schema.toString())
                .contains(
                        "tf.train.Example, 2 read",
                        "missing",
                        "left out",
                        "1 to 2",
                        "50.0%",
                        "perhaps decodeRaw of 4 FLOAT32");
        assertThat(schema.toJson())
                .contains("{\"name\": \"rare\", \"dtype\": \"int64\", \"shape\": [2], \"default\": [0, 0]}");
        assertThat(schema.toKotlin())
                .contains("Feature.float32(\"a\\$\\\"b\", 3)")
                .doesNotContain(";");
    }

    @Test
    void sequencesAreDescribedAndRead() throws Exception {
        SequenceExample first = SequenceExample.newBuilder()
                .setContext(Features.newBuilder().putFeature("id", ints(1)))
                .setFeatureLists(FeatureLists.newBuilder()
                        .putFeatureList(
                                "x",
                                FeatureList.newBuilder()
                                        .addFeature(floats(1, 2))
                                        .addFeature(floats(3, 4))
                                        .build())
                        .putFeatureList(
                                "word",
                                FeatureList.newBuilder().addFeature(bytes("a")).build())
                        .putFeatureList(
                                "wild",
                                FeatureList.newBuilder()
                                        .addFeature(ints(1))
                                        .addFeature(ints(1, 2))
                                        .build()))
                .build();
        SequenceExample second = SequenceExample.newBuilder()
                .setContext(Features.newBuilder().putFeature("id", ints(2)))
                .setFeatureLists(FeatureLists.newBuilder().putFeatureList("x", FeatureList.getDefaultInstance()))
                .build();
        Flux<ObjectBytes> data = objects(gzip(framed(TfRecords.encode(), first, second)));
        InferredSchema schema = infer(data);
        ColumnBatch batch = read(schema, data);
        assertThat(batch.column("id").asLongBuffer().get(1)).isEqualTo(2);
        assertThat(batch.column("x").rowSplits().get(1)).isEqualTo(4);
        assertThat(batch.column("word").shape()).containsExactly(2, 1);
        assertThat(schema.toString())
                .contains("SequenceExample", "steps x", "0 to 2 x 2", "left out: its steps have 1 to 2 values");
        assertThat(schema.toKotlin()).contains("Schema.ofSequences(", "listOf(Feature.int64(\"id\"))");
        assertThat(schema.toJson()).contains("\"records\": \"sequence\"", "\"kind\": \"padded\"");
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void tensorsAreDescribedAndRead() throws Exception {
        Value label = Value.newBuilder()
                .setFloat32Tensor(Float32Tensor.newBuilder().addValues(1))
                .build();
        Record dense = Record.newBuilder()
                .putFeatures(
                        "values",
                        Value.newBuilder()
                                .setFloat32Tensor(
                                        Float32Tensor.newBuilder().addValues(1).addValues(2))
                                .build())
                .putLabel("values", label)
                .build();
        Flux<ObjectBytes> data = objects(framed(RecordIo.encode(), dense, dense));
        ColumnBatch batch = read(infer(data), data);
        assertThat(columns(batch)).containsExactly("values FLOAT32[2, 2]", "label_values FLOAT32[2]");

        Record sparse = Record.newBuilder()
                .putFeatures(
                        "values",
                        Value.newBuilder()
                                .setFloat32Tensor(Float32Tensor.newBuilder()
                                        .addValues(1)
                                        .addKeys(40)
                                        .addShape(100))
                                .build())
                .putLabel("values", label)
                .build();
        Flux<ObjectBytes> others = objects(framed(RecordIo.encode(), sparse));
        InferredSchema schema = infer(others);
        assertThat(schema.toJava()).contains("Feature.sparse(\"values\", DType.FLOAT32, 100)");
        assertThat(schema.toJson()).contains("\"size\": 100");
        assertThat(read(schema, others).rows()).isEqualTo(1);
    }

    @Test
    void csvIsDescribedAndRead() throws Exception {
        Flux<ObjectBytes> data = texts(
                "\ufeffid;price;sold;name;zip;empty;big;some\r\n1;1.5;true;\"a;\nb\";00123;;1e300;\r\n",
                "name;id;price;sold;zip;big;empty;some\nc;-2;3;FALSE;12345;0.1;;x");
        InferredSchema schema = infer(data);
        ColumnBatch batch = read(schema, data);
        assertThat(columns(batch))
                .containsExactly(
                        "id INT64[2]",
                        "price FLOAT64[2]",
                        "sold BOOL[2]",
                        "name UTF8[2]",
                        "zip UTF8[2]",
                        "empty UTF8[2]",
                        "big FLOAT64[2]",
                        "some UTF8[2]");
        assertThat(string(batch.column("name"), 0)).isEqualTo("a;\nb");
        assertThat(string(batch.column("some"), 1)).isEqualTo("x");
        assertThat(schema.toString()).contains("CSV, 2 read, delimiter \";\", the first record is taken for a header");
        assertThat(schema.toJson()).contains("\"header\": \"names\"", "\"delimiter\": \";\"");

        Flux<ObjectBytes> bare = texts("1\t2.5\n", "3\t4.5\n");
        assertThat(columns(read(infer(bare), bare))).containsExactly("column0 INT64[2]", "column1 FLOAT32[2]");
    }

    private static String string(Column column, int i) {
        return StandardCharsets.UTF_8.decode(column.bytes(i)).toString();
    }

    @Test
    void linesOfJsonAreDescribedAndRead() throws Exception {
        Flux<ObjectBytes> data = texts(
                "{\"id\":1,\"item\":{\"price\":1.5,\"the name\":\"a\"},\"tags\":[\"x\",\"y\"],\"p\":[1,2],\"n\":null,\"m\":1,"
                        + "\"items\":[{\"q\":1},{}],\"deep\":[[1]],\"odd\":{\"a\":1}}\n\n",
                "{\"id\":2,\"item\":{\"the name\":\"b\",\"price\":2},\"tags\":[],\"p\":[3,4.5],\"m\":\"1\",\"items\":[],"
                        + "\"sold\":true,\"odd\":3}");
        InferredSchema schema = infer(data);
        ColumnBatch batch = read(schema, data);
        assertThat(columns(batch))
                .containsExactlyInAnyOrder(
                        "id INT64[2]",
                        "item.price FLOAT64[2]",
                        "item.the name UTF8[2]",
                        "tags UTF8[2, -1]",
                        "p FLOAT64[2, 2]",
                        "items.q INT64[2, -1]",
                        "sold BOOL[2]");
        assertThat(schema.toJava()).contains("JsonField.utf8(\"item.the name\", \"$.item['the name']\")");
        assertThat(schema.toKotlin()).contains("\"\\$.item['the name']\"");
        assertThat(schema.toString()).contains("$.odd", "left out");
        Flux<ObjectBytes> numbers = texts("[1,2,3]\n[4]\n");
        assertThat(columns(read(infer(numbers), numbers))).containsExactly("value INT64[2, -1]");
    }

    @Test
    void namesOfAllCharactersAreRead() throws Exception {
        Flux<ObjectBytes> data =
                texts("{\"it's\":1,\"a\\\\b\":2,\"c']\":3,\"a.b\":4,\"a[*]\":5,\"a['b\":{\"\":6},\"\\\"\":7}\n");
        ColumnBatch batch = read(infer(data), data);
        List<Long> values = new ArrayList<>();
        batch.names()
                .forEach(name -> values.add(batch.column(name).asLongBuffer().get(0)));
        assertThat(values).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void whatNoSchemaReadsIsLeftOut() throws Exception {
        Flux<ObjectBytes> data = texts(
                "{\"ok\":1,\"a\":1,\"a\":2,\"b\":1e400,\"c\":1e99999999999,\"o\":{\"p\":1},\"o\":{\"q\":1},\"e\":{},"
                        + "\"s\":\"\\ud800\",\"l\":[1,2,null],\"small\":1e-99999999999}\n",
                "{\"ok\":2,\"a\":1,\"b\":1,\"c\":2,\"o\":{\"p\":1},\"e\":7,\"s\":\"x\",\"l\":[3,4,null],\"small\":0}");
        InferredSchema schema = infer(data);
        assertThat(columns(read(schema, data))).containsExactly("ok INT64[2]", "l INT64[2, -1]", "small FLOAT64[2]");
        assertThat(schema.toString())
                .contains(
                        "$.a occurs more than once in one object",
                        "$.o occurs more than once in one object",
                        "beyond the range of FLOAT64",
                        "$.e is not always the same kind",
                        "half a surrogate pair");
    }

    @Test
    void whatObjectsOfListsLackIsCounted() throws Exception {
        Flux<ObjectBytes> data = texts("{\"i\":[{\"a\":1,\"b\":\"x\"},{\"a\":2}]}\n{\"i\":[]}\n");
        InferredSchema schema = infer(data);
        assertThat(columns(read(schema, data))).containsExactly("i.a INT64[2, -1]", "i.b UTF8[2, -1]");
        assertThat(schema.toString())
                .containsPattern("i\\[\\*]\\.a .* 0\\.0%")
                .containsPattern("i\\[\\*]\\.b .* 50\\.0%");
        assertThat(schema.toJava())
                .contains("JsonField.int64(\"i.a\", \"$.i[*].a\"),")
                .contains("JsonField.utf8(\"i.b\", \"$.i[*].b\").withDefault(\"\")");
        Flux<ObjectBytes> without = texts("{\"i\":[{\"a\":1}]}\n{}\n");
        assertThat(columns(read(infer(without), without))).containsExactly("i.a INT64[2, -1]");
    }

    @Test
    void headersHaveDoubledQuotes() throws Exception {
        Flux<ObjectBytes> data = texts("id,\"a \"\"b\"\"\"\n1,2\n");
        assertThat(columns(read(infer(data), data))).containsExactly("id INT64[1]", "a \"b\" INT64[1]");
    }

    @Test
    void jsonThatIsCutOffIsSaidWithoutSettings() {
        assertThatThrownBy(() -> infer(texts("{\"a\":1")))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageNotContaining("Source")
                .hasMessageContaining("expected close marker for Object (object-0");
    }

    @Test
    void whatIsNotKnownIsSaid() {
        byte[] other = framed(
                TfRecords.encode(),
                Feature.newBuilder()
                        .setInt64List(Int64List.newBuilder().addValue(7))
                        .build());
        assertThatThrownBy(() -> infer(objects(other)))
                .isInstanceOf(CorruptRecordException.class)
                .hasMessageContaining("expected tf.train.Example");
        assertThatThrownBy(() -> infer(texts("{\"a\":1}\n{\"a\":\n"))).isInstanceOf(CorruptRecordException.class);
        assertThat(Schemas.infer(texts("", "\n\n"), 10).block()).isNull();
        assertThat(Schemas.infer(Flux.empty(), 10).block()).isNull();
        assertThatIllegalArgumentException().isThrownBy(() -> Schemas.infer(Flux.empty(), 0));
        InferredSchema nothing = infer(texts("{\"a\":null}\n"));
        assertThat(nothing.toString()).contains("1 read");
        assertThatThrownBy(nothing::toJava).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void noMoreRecordsAreReadThanAskedFor() {
        InferredSchema schema =
                Objects.requireNonNull(Schemas.infer(texts("a\n1\n2\n3\n"), 2).block());
        assertThat(schema.rows()).isEqualTo(2);
    }

    @Test
    void aHeaderWithOtherLineBreaksThanTheSchemaIsRead() throws Exception {
        for (String text : List.of("id,\"price\r\nin EUR\"\r\n1,2\r\n3,4\r\n", "id,\"price\n\n in EUR\"\n1,2\n3,4\n")) {
            InferredSchema schema = infer(texts(text));

            assertThat(read(schema, texts(text)).rows()).as(text).isEqualTo(2);
        }
    }

    @Test
    void aLineOfAnotherLengthDoesNotDecideWhatDividesTheOthers() {
        assertThatThrownBy(() -> infer(texts("id,name\n1,a\n2,b,extra\n3,c\n")))
                .isInstanceOf(SchemaMismatchException.class)
                .hasMessageContaining("3");
    }
}
