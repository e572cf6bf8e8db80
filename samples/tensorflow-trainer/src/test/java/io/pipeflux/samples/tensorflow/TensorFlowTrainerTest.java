package io.pipeflux.samples.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.samples.training.DemoData;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.SavedModelBundle;
import reactor.core.Disposable;

@Tag("natives")
class TensorFlowTrainerTest {

    private static final Plan PLAN = new Plan(64, 32, 5, 50, 10);

    private final StringWriter printed = new StringWriter();
    private final PrintWriter out = new PrintWriter(printed, true);

    @BeforeAll
    static void natives() {
        if (!TensorFlowTrainer.isTensorFlowHere()) {
            System.out.println("SKIPPED: tests of tensorflow-trainer, TensorFlow's native code could not be fetched");
        }
        Assumptions.assumeTrue(TensorFlowTrainer.isTensorFlowHere(), "TensorFlow's native code");
    }

    @Test
    void theDemoLearnsAndItsModelPredictsTheSameFromS3() throws Exception {
        assertThat(TensorFlowTrainer.run(out, PLAN)).isZero();

        assertThat(printed.toString())
                .contains("trained 50 steps")
                .containsPattern("evaluated 320 rows: accuracy (1\\.0|0\\.[89])")
                .contains("predictions are equal");
    }

    @Test
    void aContainerLeavesItsModel(@TempDir Path directory) throws Exception {
        Disposable agent = agent(directory, PLAN.features());
        try {
            assertThat(TensorFlowTrainer.run(
                            out,
                            PLAN,
                            "train",
                            "--ml-root",
                            directory.resolve("ml").toString()))
                    .isZero();
        } finally {
            agent.dispose();
        }

        assertThat(printed.toString()).contains("trained 50 steps");
        try (SavedModelBundle model =
                SavedModelBundle.load(directory.resolve("ml/model/1").toString())) {
            assertThat(model.function(LinearClassifier.SERVING).signature().inputNames())
                    .containsExactly(LinearClassifier.DATA);
        }
    }

    @Test
    void recordsOfAnotherShapeFailTheJob(@TempDir Path directory) throws Exception {
        Disposable agent = agent(directory, PLAN.features() + 1);
        try {
            assertThatExceptionOfType(PipefluxException.class)
                    .isThrownBy(() -> TensorFlowTrainer.run(
                            out, PLAN, "--ml-root", directory.resolve("ml").toString()));
        } finally {
            agent.dispose();
        }
    }

    @Test
    void wrongArgumentsAreRefused() throws Exception {
        assertThat(TensorFlowTrainer.run(out, PLAN, "--epochs", "3")).isEqualTo(2);
    }

    private static Disposable agent(Path directory, int features) throws Exception {
        Path train = Files.createDirectory(directory.resolve("train"));
        Path eval = Files.createDirectory(directory.resolve("eval"));
        new DemoData("train", 320, 2, features, 1).writeTo(train);
        new DemoData("eval", 320, 1, features, 2).writeTo(eval);
        return PipeAgent.at(directory.resolve("ml"))
                .channel("train", DirectoryChannel.of(train).objects())
                .channel("eval", DirectoryChannel.of(eval).objects())
                .run()
                .subscribe(done -> {}, error -> {});
    }
}
