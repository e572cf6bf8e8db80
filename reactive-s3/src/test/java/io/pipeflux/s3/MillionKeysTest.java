package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.ForkedJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT) // its work is done by processes of their own
class MillionKeysTest {

    private static final Pattern SAID = Pattern.compile(
            "1000000 keys, sum of sizes 500000500000, name of 40 bytes, in memory per key: (-?\\d+) bytes");

    @Test
    void asListedTheyPassThroughASmallHeap() throws Exception {
        assertThat(bytesPerKey("listed", "-Xmx32m")).isLessThan(10);
    }

    @Test
    void shuffledTheyTakeTheirNamesAndAbout36Bytes() throws Exception {
        assertThat(bytesPerKey("shuffled", "-Xmx144m")).isBetween(70L, 85L);
    }

    @Test
    void whenNobodyReadsTheirObjectsTheyAreLetGo() throws Exception {
        assertThat(unreadBytes()).isLessThan(8 << 20); // it was 235 MiB
    }

    private static long unreadBytes() throws Exception {
        try (ForkedJvm java = ForkedJvm.runWithin(64, 16, MillionKeysMain.class, "unread")) {
            List<String> said = java.readLines();
            assertThat(said).contains("1000000 keys, not read");
            String last = said.get(said.size() - 1);
            assertThat(last).as(String.join("\n", said)).startsWith(ForkedJvm.ANSWER);
            return Long.parseLong(last.substring(ForkedJvm.ANSWER.length()));
        }
    }

    private static long bytesPerKey(String order, String heap) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        heap,
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        classPath,
                        MillionKeysMain.class.getName(),
                        order)
                .redirectErrorStream(true)
                .start();
        String said = new String(java.getInputStream().readAllBytes(), UTF_8);
        assertThat(java.waitFor()).as(said).isZero();
        Matcher matcher = SAID.matcher(said);
        assertThat(matcher.find()).as(said).isTrue();
        return Long.parseLong(matcher.group(1));
    }
}
