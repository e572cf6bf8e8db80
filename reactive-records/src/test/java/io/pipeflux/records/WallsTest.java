package io.pipeflux.records;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What this module may import, and what it shows: a new public type is a new line here. */
class WallsTest {

    private static final DescribedPredicate<JavaClass> GENERATED =
            resideInAnyPackage("io.pipeflux.records.example.proto", "io.pipeflux.records.aialgs.proto");

    private final JavaClasses module = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pipeflux.records")
            .that(DescribedPredicate.not(GENERATED));

    @Test
    void importsNothingButWhatTheDesignAllows() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..",
                        "reactor.core..",
                        "reactor.util..",
                        "org.reactivestreams..",
                        "org.jspecify.annotations..",
                        "com.google.protobuf..",
                        "com.google.flatbuffers",
                        "org.apache.arrow.flatbuf",
                        "tools.jackson.core..",
                        "io.pipeflux.core..",
                        "io.pipeflux.records.."))
                .check(module);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.pipeflux.records.(*)..").should().beFreeOfCycles().check(module);
    }

    @Test
    void columnsKnowNothingOfFormats() {
        classes()
                .that()
                .resideInAPackage("io.pipeflux.records.batch")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..",
                        "org.jspecify.annotations..",
                        "io.pipeflux.core",
                        "io.pipeflux.core.internal",
                        "..batch"))
                .check(module);
    }

    @Test
    void noConstructorIsPublic() {
        constructors()
                .that()
                .areDeclaredInClassesThat()
                .areNotAssignableTo(Record.class) // a public record's cannot be hidden
                .should()
                .notBePublic()
                .check(module);
    }

    @Test
    void theseTypesArePublic() {
        assertThat(module.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(type -> type.getName().substring("io.pipeflux.records.".length())))
                .containsExactlyInAnyOrder(
                        "DetectedFormat",
                        "DetectedFormat$Kind",
                        "DetectedFormat$Payload",
                        "Formats",
                        "Protobufs",
                        "arrow.ArrowNulls",
                        "arrow.ArrowStreams",
                        "batch.Column",
                        "batch.ColumnAllocator",
                        "batch.ColumnBatch",
                        "batch.DType",
                        "csv.CsvField",
                        "csv.CsvHeader",
                        "csv.CsvRecords",
                        "csv.CsvSchema",
                        "example.Examples",
                        "example.Feature",
                        "example.Schema",
                        "internal.BatchMemory",
                        "internal.BatchParsing",
                        "internal.BatchParsing$Parser",
                        "internal.DefaultFits",
                        "internal.IntegerTypes",
                        "inspect.InferredSchema",
                        "inspect.Schemas",
                        "json.JsonField",
                        "json.JsonSchema",
                        "recordio.Dialect",
                        "recordio.RecordIo",
                        "rows.Field",
                        "rows.Row",
                        "rows.RowGroups",
                        "rows.RowSchema",
                        "rows.WebDataset",
                        "text.LineOption",
                        "text.TextLines",
                        "tfrecord.TfRecords");
    }
}
