package io.pipeflux.core;

import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;

@AnalyzeClasses(packages = "io.pipeflux.core", importOptions = DoNotIncludeTests.class)
class WallsTest {

    @ArchTest
    static final ArchRule importsOnlyWhatTheDesignAllows = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.pipeflux.core..",
                    "java..",
                    "reactor..",
                    "org.reactivestreams..",
                    "org.jspecify.annotations..",
                    "tools.jackson.core..",
                    "com.sun.jna..",
                    "io.micrometer.core.instrument..");

    @ArchTest
    static final ArchRule oneClassTouchesJna = noClasses()
            .that()
            .doNotHaveSimpleName("Posix")
            .and()
            .haveNameNotMatching(".*\\.Posix\\$.*")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.sun.jna..");

    @ArchTest
    static final ArchRule onePackageTouchesMicrometer = noClasses()
            .that()
            .resideOutsideOfPackage("..core.metrics")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer..");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.pipeflux.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theCodecKnowsNoPipes = noClasses()
            .that()
            .resideInAPackage("..codec")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..pipe");

    @ArchTest
    static final ArchRule internalTypesAreInNoPublicSignature = noMethods()
            .that()
            .arePublic()
            .or()
            .areProtected()
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackage("..core.internal")
            .should(nameATypeOf("io.pipeflux.core.internal"));

    private static ArchCondition<JavaMethod> nameATypeOf(String thePackage) {
        return new ArchCondition<>("name a type of " + thePackage) {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                boolean named = Stream.concat(
                                Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                        .anyMatch(type -> type.getPackageName().equals(thePackage));
                events.add(new SimpleConditionEvent(method, named, method.getFullName()));
            }
        };
    }

    /** A type that joins this list needs a user who would call it. */
    @ArchTest
    static void thePublicTypesAreThese(JavaClasses classes) {
        assertThat(classes.stream()
                        .filter(type -> type.getModifiers().contains(PUBLIC) && type.isTopLevelClass())
                        .filter(type -> !type.getPackageName().equals("io.pipeflux.core.internal"))
                        .map(type -> type.getSimpleName()))
                .containsExactlyInAnyOrder(
                        "BatchOptions",
                        "CorruptRecordException",
                        "ObjectBytes",
                        "ObjectReadException",
                        "Pass",
                        "PipeException",
                        "PipeOperators",
                        "PipelineMonitor",
                        "PipefluxException",
                        "Position",
                        "RawRecord",
                        "RecordOrigin",
                        "ResumeMismatchException",
                        "Remainder",
                        "ResumePoint",
                        "SchemaMismatchException",
                        "TruncatedInputException",
                        "Compression",
                        "DeadLetter",
                        "FrameBuffer",
                        "FrameDecoder",
                        "FrameFormat",
                        "SkipPolicy",
                        "SeededPermutation",
                        "ChannelOrder",
                        "ChannelWriter",
                        "DirectoryChannel",
                        "ResourceConfig",
                        "NamedPipes",
                        "PipeChannels",
                        "PipeOptions",
                        "PipeWrite",
                        "PipelineMetrics",
                        "UnixPipes",
                        "CheckpointException",
                        "Checkpoint",
                        "Checkpoints",
                        "CheckpointStore",
                        "Fingerprint");
    }
}
