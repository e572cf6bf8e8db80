package io.pipeflux.core.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A repeat that ends at once because all its epochs were done before says so: nothing trained is no silent success. */
class RepeatLogTest {

    @Test
    void allEpochsDoneBeforeIsAWarningAndNothingElseIs() {
        List<String> answers;
        try (ForkedJvm jvm = ForkedJvm.run(RepeatLogMain.class)) {
            answers = jvm.readLines().stream()
                    .filter(line -> line.startsWith(ForkedJvm.ANSWER))
                    .map(line -> line.substring(ForkedJvm.ANSWER.length()))
                    .toList();
        }
        assertThat(answers).hasSize(6);
        assertThat(answers.get(0)).isEqualTo("repeat(3): 2 records");
        assertThat(answers.get(1)).startsWith("WARNING: ").contains("repeat(2)", "epoch 2");
        assertThat(answers.subList(2, 6))
                .containsExactly(
                        "repeat(2): 0 records", "repeat(2): 6 records", "repeat(0): 0 records", "repeat(0): 0 records");
    }
}
