package io.pipeflux.flink;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What this module may import. */
class WallsTest {

    private final JavaClasses module = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pipeflux.flink");

    @Test
    void importsFlinksApiAndNoShadedLibrary() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..",
                        "org.jspecify.annotations..",
                        "org.slf4j",
                        "reactor.core..",
                        "reactor.util.context",
                        "org.reactivestreams..",
                        "org.apache.flink.api..",
                        "org.apache.flink.configuration..",
                        "org.apache.flink.connector.base..",
                        "org.apache.flink.core..",
                        "org.apache.flink.metrics..",
                        "org.apache.flink.streaming..",
                        "org.apache.flink.util..",
                        "software.amazon.awssdk.core.async",
                        "software.amazon.awssdk.services.s3",
                        "software.amazon.awssdk.services.s3.model",
                        "io.pipeflux.core",
                        "io.pipeflux.core.channel",
                        "io.pipeflux.core.codec",
                        "io.pipeflux.core.operator",
                        "io.pipeflux.records..",
                        "io.pipeflux.s3",
                        "io.pipeflux.flink"))
                .check(module);
    }
}
