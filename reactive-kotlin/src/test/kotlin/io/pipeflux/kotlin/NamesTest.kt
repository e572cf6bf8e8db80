package io.pipeflux.kotlin

import io.pipeflux.core.suite.PublicTypes
import kotlinx.coroutines.flow.Flow
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import reactor.core.publisher.Flux
import reactor.core.publisher.Mono
import java.lang.reflect.Method
import java.lang.reflect.Modifier

/** A member always wins over an extension of its name, so no extension may have the name of one. */
class NamesTest {
    /** What Kotlin compiles this module's top-level functions into. */
    private val files: List<Class<*>> = PublicTypes.of(CancelledDataException::class.java).filter { it.simpleName.endsWith("Kt") }

    private val extensions: List<Method> =
        files
            .flatMap { it.declaredMethods.toList() }
            .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic }

    /** Kotlin adds a hash to the name if a parameter is an inline class, such as Duration. */
    private val Method.kotlinName get() = name.substringBefore('-')

    private fun members(type: Class<*>): Set<String> = (type.methods + type.declaredMethods).map { it.name }.toSet()

    @Test
    fun `all files are looked at`() {
        assertThat(files.map { it.simpleName }).contains("OperatorsKt", "FlowsKt", "S3Kt", "PipesKt")
        assertThat(members(Flux::class.java)).contains("repeat", "sample")
        assertThat(members(Mono::class.java)).contains("block")
        assertThat(members(Flow::class.java)).contains("collect")
    }

    @TestFactory
    fun `none has the name of a member of its receiver, or of what pipelines are made of`(): List<DynamicTest> =
        extensions.map { extension ->
            val receiver = extension.parameterTypes.first()
            dynamicTest("${receiver.simpleName}.${extension.kotlinName}") {
                for (type in setOf(receiver, Flux::class.java, Mono::class.java, Flow::class.java)) {
                    assertThat(members(type)).describedAs("members of $type").doesNotContain(extension.kotlinName)
                }
            }
        }

    @Test
    fun `all are extensions of these`() {
        val names = extensions.groupBy({ it.parameterTypes.first().simpleName }, { it.kotlinName }).mapValues { it.value.toSortedSet() }
        assertThat(names).isEqualTo(
            mapOf(
                "Checkpoints" to sortedSetOf("awaitLatest", "awaitSaveIfDue", "awaitSaveLast"),
                "ColumnBatch" to sortedSetOf("get"),
                "DatasetWriter" to sortedSetOf("awaitWrite"),
                "Flow" to sortedSetOf("encodeArrow", "toPipe"),
                "Flux" to
                    sortedSetOf(
                        "decode",
                        "decodeArrow",
                        "decodeObjects",
                        "detectFormat",
                        "encodeArrow",
                        "inferSchema",
                        "interleave",
                        "mapAndBatch",
                        "prefetch",
                        "prefetchBytes",
                        "repeatEpochs",
                        "repeatUntilEmpty",
                        "resumeAt",
                        "sampleSources",
                        "shard",
                        "shuffle",
                        "toFlow",
                        "zipSources",
                    ),
                "ObjectBytes" to sortedSetOf("detectFormat"),
                "PipeAgent" to sortedSetOf("awaitRun"),
                "S3AsyncClient" to sortedSetOf("augmentedManifestChannel", "manifestChannel", "prefixChannel"),
                "S3Writer" to sortedSetOf("awaitAbort", "awaitAbortOlderThan", "awaitCommit", "awaitPrepare", "awaitWrite"),
            ),
        )
    }
}
