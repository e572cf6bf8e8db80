package io.pipeflux.kotlin

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.readText
import kotlin.io.path.walk

/** Kotlin that users copy needs no `!!`: nothing it calls returns null unless that has a meaning. */
class UserCodeTest {
    private val root: Path = generateSequence(Path.of("").toAbsolutePath()) { it.parent }.first { Files.exists(it.resolve("mvnw")) }

    private val pages =
        listOf(root.resolve("README.md")) + Files.list(root.resolve("docs")).use { it.toList() }.filter { it.extension == "md" }

    private fun sources(directory: String) =
        root
            .resolve(directory)
            .walk()
            .filter { it.extension == "kt" && !it.toString().contains("/target/") }
            .toList()

    private fun snippets(page: Path): List<String> =
        Regex("```kotlin\n(.*?)```", RegexOption.DOT_MATCHES_ALL).findAll(page.readText()).map { it.groupValues[1] }.toList()

    @Test
    fun `the documentation has none`() {
        val snippets = pages.flatMap { page -> snippets(page).map { page.fileName.toString() to it } }
        assertThat(snippets.map { it.first }).contains("README.md", "kotlin.md")
        assertThat(snippets).allSatisfy { (_, text) -> assertThat(text).doesNotContain("!!") }
    }

    @Test
    fun `samples, users' projects and the extensions have none`() {
        val users = listOf("samples", "consumers", "reactive-kotlin/src/main", "reactive-kotlin/src/test/kotlin/io/pipeflux/kotlin/docs")
        for (directory in users) {
            val sources = sources(directory)
            assertThat(sources).describedAs(directory).isNotEmpty()
            assertThat(sources).allSatisfy { assertThat(it.readText()).doesNotContain("!!") }
        }
    }
}
