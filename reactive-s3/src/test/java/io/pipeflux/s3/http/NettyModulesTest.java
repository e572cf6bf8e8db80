package io.pipeflux.s3.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Map;
import org.junit.jupiter.api.Test;

class NettyModulesTest {

    @Test
    void acceptsTheClassPathOfTheTests() {
        assertThatCode(NettyModules::requireOneLine).doesNotThrowAnyException();
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
