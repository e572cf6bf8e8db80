package io.pipeflux.samples.flink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("flink")
class FlinkJobTest {

    @Test
    void theJobsResultIsThatOfThePipeline() throws Exception {
        StringWriter printed = new StringWriter();
        assertThat(FlinkJob.run(500, new PrintWriter(printed, true))).isTrue();
        assertThat(printed.toString()).contains("500 rows").contains("equal: ");
    }
}
