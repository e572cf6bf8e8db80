package io.pipeflux.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.pipeflux.core.internal.CoreAccess;
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
                    "com.github.luben.zstd",
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

    /**
     * One class of core.internal knows core, which fills it in: it has what authors of operators need and users do not.
     */
    private static final DescribedPredicate<JavaClass> THE_ACCESSOR = type(CoreAccess.class);

    private static final DescribedPredicate<JavaClass> CORE = resideInAPackage("io.pipeflux.core");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.pipeflux.(**)").should().beFreeOfCycles().ignoreDependency(THE_ACCESSOR, CORE);

    /** What each package may know of the others: the words and the internals are everybody's, the agent is nobody's. */
    @ArchTest
    static final ArchRule roomsKnowOnlyTheRoomsTheyNeed = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("io.pipeflux.core..")
            .layer("words")
            .definedBy("io.pipeflux.core")
            .layer("internal")
            .definedBy("io.pipeflux.core.internal")
            .layer("codec")
            .definedBy("io.pipeflux.core.codec")
            .layer("operator")
            .definedBy("io.pipeflux.core.operator")
            .layer("channel")
            .definedBy("io.pipeflux.core.channel")
            .layer("job")
            .definedBy("io.pipeflux.core.job")
            .layer("pipe")
            .definedBy("io.pipeflux.core.pipe")
            .layer("agent")
            .definedBy("io.pipeflux.core.agent")
            .layer("metrics")
            .definedBy("io.pipeflux.core.metrics")
            .ignoreDependency(THE_ACCESSOR, CORE)
            .whereLayer("internal")
            .mayNotAccessAnyLayer()
            .whereLayer("words")
            .mayOnlyAccessLayers("internal")
            .whereLayer("codec")
            .mayOnlyAccessLayers("words", "internal")
            .whereLayer("operator")
            .mayOnlyAccessLayers("words", "internal")
            .whereLayer("channel")
            .mayOnlyAccessLayers("words", "internal")
            .whereLayer("job")
            .mayOnlyAccessLayers("words", "internal")
            .whereLayer("metrics")
            .mayOnlyAccessLayers("words", "internal")
            .whereLayer("pipe")
            .mayOnlyAccessLayers("words", "internal", "job")
            .whereLayer("agent")
            .mayOnlyAccessLayers("words", "internal", "operator", "channel", "job", "pipe");

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
                        "AgentChannel",
                        "BatchOptions",
                        "EpochProgress",
                        "ElasticResume",
                        "EpochSize",
                        "EpochWritten",
                        "HostShare",
                        "HyperparametersConfig",
                        "InputDataConfig",
                        "ListOrigin",
                        "PipeAgent",
                        "CorruptRecordException",
                        "ObjectBytes",
                        "ObjectReadException",
                        "ObjectRef",
                        "ObjectWriteException",
                        "Pass",
                        "PipeException",
                        "PipeOperators",
                        "PipelineMonitor",
                        "PipelineReporter",
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
                        "RecordBorders",
                        "RecordIndex",
                        "RecordMark",
                        "RecordRange",
                        "SkipPolicy",
                        "SeededPermutation",
                        "ChannelOrder",
                        "ChannelSplit",
                        "ChannelWriter",
                        "DirectoryChannel",
                        "ResourceConfig",
                        "NamedPipes",
                        "PipeAccess",
                        "PipeChannels",
                        "PipeOptions",
                        "PipeWrite",
                        "PipelineMetrics",
                        "UnixPipes",
                        "WhenOneEnds",
                        "CheckpointException",
                        "Checkpoint",
                        "Checkpoints",
                        "CheckpointStore",
                        "Fingerprint");
    }
}
