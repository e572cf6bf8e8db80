package io.pipeflux.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.ForkedJvm;
import org.junit.jupiter.api.Test;

class TooLargeTest {

    @Test
    void aRecordThatMemoryIsNotEnoughForIsAnError() {
        try (ForkedJvm jvm = ForkedJvm.runBeyondMemory(260, TooLargeMain.class)) {
            assertThat(jvm.readLines()).contains("OutOfMemoryError", "the source: cancel");
        }
    }
}
