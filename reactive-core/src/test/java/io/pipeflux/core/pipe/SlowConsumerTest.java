package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.ForkedJvm;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlowConsumerTest {

    @TempDir
    Path directory;

    @Test
    void sixtyFourMebibytesGoThroughASmallHeapWithDemandWithheldAThousandTimes() {
        try (ForkedJvm java = ForkedJvm.run(32, SlowConsumerMain.class, directory)) {
            assertThat(java.readLines()).contains("67108864 bytes, at least 1000 pauses: true");
        }
    }
}
