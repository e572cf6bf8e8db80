package io.pipeflux.kotlin

import io.pipeflux.core.suite.CommittedApi
import org.junit.jupiter.api.Test

/** `api.txt` beside the module's `pom.xml` is its public API, as Java's class files have it: without Kotlin's nullness. */
class PublicApiTest {
    @Test
    fun isTheCommittedOne() = CommittedApi.assertUnchanged(CancelledDataException::class.java)
}
