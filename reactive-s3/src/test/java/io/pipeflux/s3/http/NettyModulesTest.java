package io.pipeflux.s3.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NettyModulesTest {

    @TempDir
    Path directory;

    @Test
    void acceptsTheClassPathOfTheTests() {
        assertThatCode(NettyModules::requireOneLine).doesNotThrowAnyException();
    }

    @Test
    void findsTheVersionsOfTheClassPath() {
        assertThat(NettyModules.versions(NettyModulesTest.class.getClassLoader()))
                .containsKeys("netty-buffer", "netty-codec-http", "netty-handler")
                .allSatisfy((module, version) -> assertThat(version).startsWith("4.2."));
    }

    @Test
    void keepsNoJarOpen() throws IOException {
        Path jar = directory.resolve("netty.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("META-INF/io.netty.versions.properties"));
            for (String line : List.of(
                    "version=4.1.138.Final",
                    "buildDate=2026-01-01 00\\:00\\:00 +0000",
                    "commitDate=2026-01-01 00\\:00\\:00 +0000",
                    "shortCommitHash=0",
                    "longCommitHash=0",
                    "repoStatus=clean")) {
                out.write(("netty-x." + line + "\n").getBytes(UTF_8));
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
            assertThat(NettyModules.versions(loader)).containsExactly(Map.entry("netty-x", "4.1.138.Final"));
        }
        assertThat(OpenResources.descriptorsBelow(directory)).isEmpty();
    }

    @Test
    void namesTheModulesOfAnOlderLine() {
        assertThatIllegalStateException()
                .isThrownBy(() -> NettyModules.requireOneLine(
                        Map.of("netty-codec-base", "4.2.18.Final", "netty-codec", "4.1.138.Final")))
                .withMessageContaining("netty-codec 4.1.138.Final")
                .withMessageContaining("NettyNioAsyncHttpClient");
    }

    @Test
    void acceptsNewerLinesAndModulesWithVersionsOfTheirOwn() {
        assertThatCode(() -> NettyModules.requireOneLine(
                        Map.of("netty-common", "4.3.0.Final", "netty-tcnative", "2.0.74.Final")))
                .doesNotThrowAnyException();
    }
}
