package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.records.arrow.ArrowStreams;

/** Arrow streams. */
class ArrowFuzzTest {

    @FuzzTest(maxDuration = "5m")
    void decodes(byte[] bytes) {
        FuzzCheck.decodes(
                FuzzInput.of(bytes),
                ArrowStreams.format(),
                1024,
                batch -> batch.hashCode() * 31L + batch.resumeAt().hashCode());
    }
}
