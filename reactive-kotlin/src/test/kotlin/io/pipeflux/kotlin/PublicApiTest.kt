package io.pipeflux.kotlin

import io.pipeflux.core.suite.CommittedApi
import org.junit.jupiter.api.Test

/** Compares the public API with the module's `api.txt`. It is that of Java's class files: without Kotlin's nullness. */
class PublicApiTest {
    @Test
    fun isTheCommittedOne() = CommittedApi.assertUnchanged(CancelledDataException::class.java)
}
