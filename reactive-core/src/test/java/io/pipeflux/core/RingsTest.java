package io.pipeflux.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.SourceGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In every module, samples and benchmarks included: packages have no rings, and rings of types are known ones. */
class RingsTest {

    /** One class of core.internal knows core: see docs/decisions.md. */
    private static final String THE_ACCESSOR = "CoreAccess";

    /**
     * The rings that stay, without {@code io.pipeflux}. Each is a type that users or callers see, and what it hides:
     * its implementations, its builder or its text.
     */
    private static final List<Set<String>> KNOWN = List.of(
            types(
                    "core",
                    "Pass CoreMembers ElasticResume PointMerge MixedOrigin OriginIdentity RawRecord RecordFailure RecordOrigin ResumeCheck ResumeJson ResumePoint DeadLetter"
                            + " SkipCount SkipPolicy"
                            + " internal.CoreAccess"),
            types("core", "PipelineMonitor PipelineReporter"),
            types("core.channel", "ChannelOrder PackedList"),
            types(
                    "core.codec",
                    "FrameFormat Compression FluxDecode FrameBuffer FrameDecoder Frames GzipDecoder InflateDecoder"
                            + " ObjectsDecoding StreamPlan ZlibDecoder ZstdDecoder"),
            types("core.pipe", "FifoSystem PlainFifoSystem PosixFifoSystem"),
            types("records.batch", "ColumnAllocator DirectMemory HeapMemory PoisonedMemory PooledMemory"),
            types("records.csv", "CsvColumn BoolColumn BytesColumn FloatColumn IntegerColumn"),
            types("records.csv", "CsvSchema CsvParser"),
            types(
                    "records.example",
                    "ColumnWriter BytesWriter ConvertingWriter FloatWriter IndexWriter IntegerWriter NumberWriter"
                            + " RawWriter TextWriter"),
            types("records.arrow", "Dictionaries ValuesReader"),
            types("records.inspect", "InferredSchema FieldPlan SchemaCode SchemaJson"),
            types("records.json", "JsonField JsonColumn FloatColumn IntegerColumn StringColumn"),
            types("records.rows", "RowSchema Row"),
            types("samples.training.service", "Job JobRun"),
            types("s3", "ChannelItem CachedObject InlineBytes S3ObjectRef"),
            types("s3", "ObjectChecksum PartSums"),
            types("s3.http", "ReactorNettyHttpClient ReactorNettyHttpClientBuilder"),
            types("test", "FrameFormatContract FormatTests"),
            types("test", "OperatorContract OperatorTests"));

    private static Set<String> types(String inPackage, String names) {
        return Stream.of(names.split(" ")).map(name -> inPackage + "." + name).collect(Collectors.toSet());
    }

    static List<Path> modules() throws IOException {
        Path root = Path.of("").toAbsolutePath().getParent();
        try (Stream<Path> directories = Files.find(
                root,
                2,
                (path, attributes) -> attributes.isDirectory() && Files.isDirectory(path.resolve("src/main")))) {
            return directories.sorted().toList();
        }
    }

    @Test
    void allModulesAreChecked() throws IOException {
        Path root = Path.of("").toAbsolutePath().getParent();
        assertThat(modules().stream().map(module -> root.relativize(module).toString()))
                .contains(
                        "benchmarks",
                        "benchmarks/jcstress",
                        "integrations/djl",
                        "integrations/flink",
                        "integrations/tensorflow",
                        "reactive-core",
                        "reactive-kotlin",
                        "reactive-records",
                        "reactive-s3",
                        "reactive-test",
                        "samples/djl-trainer",
                        "samples/pipe-agent",
                        "samples/tensorflow-trainer",
                        "samples/training-service");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void packagesHaveNoRings(Path module) {
        SourceGraph sources = SourceGraph.of(module);
        assertThat(sources.isEmpty()).isFalse();
        assertThat(sources.ringsOfPackages(THE_ACCESSOR)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("modules")
    void typesHaveNoRingsButKnownOnes(Path module) {
        List<Set<String>> unknown = SourceGraph.of(module).ringsOfTypes().stream()
                .map(ring -> ring.stream()
                        .map(type -> type.replaceFirst("^io\\.pipeflux\\.", ""))
                        .collect(Collectors.toSet()))
                .filter(ring -> KNOWN.stream().noneMatch(known -> known.containsAll(ring)))
                .toList();
        assertThat(unknown).isEmpty();
    }

    @Test
    void ringsAreFound(@TempDir Path module) throws IOException {
        Path sources = module.resolve("src/main/java");
        write(sources.resolve("a/A.java"), "package a; import b.B; class A { B b; }");
        write(sources.resolve("a/Other.java"), "package a; /* A, b.B */ class Other { String s = \"A\"; }");
        write(sources.resolve("b/B.java"), "package b; class B { C c; }");
        write(sources.resolve("b/C.java"), "package b; class C { B b; a.Other other; }");

        SourceGraph graph = SourceGraph.of(module);

        assertThat(graph.ringsOfTypes()).containsExactly(Set.of("b.B", "b.C"));
        assertThat(graph.ringsOfPackages("None")).containsExactly(Set.of("a", "b"));
        assertThat(graph.ringsOfPackages("C")).isEmpty();
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
