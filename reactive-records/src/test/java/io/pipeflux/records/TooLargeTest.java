package io.pipeflux.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.ForkedJvm;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TooLargeTest {

    @TempDir
    Path directory;

    @Test
    void aPayloadThatMemoryIsNotEnoughForIsAnErrorOfItsEncoder() {
        try (ForkedJvm jvm = ForkedJvm.runBeyondMemory(64, TooLargeMain.class, directory.resolve("sparse"))) {
            assertThat(jvm.readLines())
                    .filteredOn(line -> line.contains(": OutOfMemoryError") || line.endsWith(": an end"))
                    .containsExactly(
                            "TFRecord: OutOfMemoryError",
                            "RecordIO: OutOfMemoryError",
                            "lines: OutOfMemoryError",
                            "object: OutOfMemoryError");
        }
    }
}
