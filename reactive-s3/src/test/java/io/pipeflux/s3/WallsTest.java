package io.pipeflux.s3;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class WallsTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.pipeflux.s3");

    @Test
    void importsNothingButWhatTheDesignAllows() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.net.ssl..",
                        "com.sun.management..", // the limit of direct memory
                        "reactor..",
                        "org.reactivestreams..",
                        "org.jspecify..",
                        "io.pipeflux.core..",
                        "io.pipeflux.s3..",
                        "software.amazon.awssdk..",
                        "tools.jackson.core..",
                        "io.netty..")
                .check(CLASSES);
    }

    @Test
    void keepsNettyInsideTheHttpClient() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.pipeflux.s3.http")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "reactor.netty..", "io.pipeflux.s3.http")
                .check(CLASSES);
    }

    @Test
    void showsTheseTypesAndNoOthers() {
        assertThat(CLASSES.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "LocalManifestChannel",
                        "S3Writer",
                        "S3WriteOptions",
                        "Upload",
                        "WrittenObject",
                        "S3Channels",
                        "S3Channel",
                        "S3Checkpoints",
                        "Checksums",
                        "DatasetWriter",
                        "WrittenDataset",
                        "S3ReadOptions",
                        "S3Uri",
                        "ReactorNettyHttpClient",
                        "ReactorNettyHttpClientBuilder");
    }

    @Test
    void hasNoPublicConstructorButOfRecords() {
        assertThat(CLASSES.stream()
                        .filter(type -> !type.isRecord())
                        .flatMap(type -> type.getConstructors().stream())
                        .filter(constructor -> constructor.getModifiers().contains(JavaModifier.PUBLIC)))
                .isEmpty();
    }
}
