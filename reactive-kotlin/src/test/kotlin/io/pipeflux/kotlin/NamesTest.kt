package io.pipeflux.kotlin

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import reactor.core.publisher.Flux
import java.lang.reflect.Modifier

class NamesTest {
    /** What Kotlin compiles this module's top-level functions into. */
    private val extensions =
        listOf("OperatorsKt", "FlowsKt")
            .flatMap { Class.forName("io.pipeflux.kotlin.$it").declaredMethods.toList() }
            .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic }

    @Test
    fun `no extension has the name of a member of Flux, which would win over it`() {
        val methods = Flux::class.java.methods
        val members = methods.map { it.name }
        assertThat(members).contains("repeat")
        assertThat(extensions.map { it.name }).doesNotContainAnyElementsOf(members)
    }

    @Test
    fun `all are extensions of Flux, and these`() {
        assertThat(extensions).allSatisfy { assertThat(it.parameterTypes.first()).isEqualTo(Flux::class.java) }
        assertThat(extensions.map { it.name }.toSortedSet()).containsExactly(
            "decode",
            "decodeObjects",
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
        )
    }
}
