package io.pipeflux.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Users have test libraries of their own: what they get for their tests needs none. */
@AnalyzeClasses(packages = "io.pipeflux.core.test")
class HarnessWallsTest {

    private static final DescribedPredicate<JavaClass> OF_THE_MAIN_ARTIFACT = resideInAPackage("io.pipeflux.core..")
            .and(DescribedPredicate.describe(
                    "are not tests",
                    type -> type.getSource()
                            .filter(source -> new DoNotIncludeTests().includes(Location.of(source.getUri())))
                            .isPresent()));

    @ArchTest
    static final ArchRule needsNoTestLibraryAndNoneOfTheProjectsOwnTests = classes()
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.pipeflux.core.test",
                            "java..",
                            "reactor.core..",
                            "org.reactivestreams..",
                            "org.jspecify.annotations..")
                    .or(OF_THE_MAIN_ARTIFACT));
}
