package io.pipeflux.test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Users have test libraries of their own: the contracts need JUnit's annotations and assertions, the rest none. */
@AnalyzeClasses(packages = "io.pipeflux.test", importOptions = DoNotIncludeTests.class)
class WallsTest {

    @ArchTest
    static final ArchRule needsCoreAndJUnitOnly = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.pipeflux.test",
                    "io.pipeflux.core",
                    "io.pipeflux.core.codec",
                    "io.pipeflux.core.operator",
                    "io.pipeflux.core.pipe",
                    "java..",
                    "reactor.core..",
                    "reactor.util.context..",
                    "org.reactivestreams..",
                    "org.jspecify.annotations..",
                    "org.junit.jupiter.api..");

    @ArchTest
    static final ArchRule theHarnessNeedsNoJUnit = noClasses()
            .that()
            .haveNameMatching(".*\\.(PipeHarness|OpenResources|Chunking)(s|\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.junit..");

    @ArchTest
    static void isAsLargeAsItMustBe(JavaClasses classes) {
        assertThat(classes.stream()
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder(
                        "PipeHarness", "Chunking", "Chunkings", "FrameFormatContract", "OperatorContract");
    }
}
