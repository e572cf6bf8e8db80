package io.pipeflux.djl;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What this module may import, and what it shows: one public class. */
class WallsTest {

    private final JavaClasses module = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.pipeflux.djl");

    @Test
    void importsNothingOfDjlButItsApi() {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "java..",
                        "org.jspecify.annotations..",
                        "reactor.core.publisher..",
                        "org.reactivestreams..",
                        "ai.djl.ndarray..",
                        "ai.djl.training.dataset..",
                        "ai.djl.translate..",
                        "ai.djl.util..",
                        "io.pipeflux.records.batch",
                        "io.pipeflux.djl"))
                .check(module);
    }

    @Test
    void oneTypeIsPublic() {
        assertThat(module.stream()
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(type -> type.getName()))
                .containsExactly("io.pipeflux.djl.DjlBatches");
    }
}
