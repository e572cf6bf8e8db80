package io.pipeflux.samples.training.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Agent and trainer as processes, which are killed. */
class LocalModeTest extends LocalTest {

    @Test
    void oneCommandTrainsOverPipesBetweenTwoProcesses() {
        int code = LocalMode.run(
                out, "--features=32", "--demo-records=640", "--demo-eval-records=64", "--hyperparameter=epochs=2");
        assertThat(code).as(said.toString()).isZero();
        assertThat(said.toString())
                .contains("trainer | channels {eval=Pipe, train=Pipe}; host algo-1 of [algo-1]")
                .contains("1,280 records in 20 steps")
                .contains("model/model.json, read back equal")
                .contains("the trainer ended with exit code 0, the agent runs on and is stopped");
    }

    @Test
    void aKilledTrainerGoesOnWithTheNextPipeAsIfNothingHadHappened() throws Exception {
        Path root = root("trainer-killed");
        JavaProcess agent = agent(root);
        JavaProcess trainer = trainer(root);
        awaitStep(root, 8);
        trainer.kill();
        Files.createFile(gate);
        assertThat(trainer(root).await()).as(said.toString()).isZero();
        assertThat(agent.isAlive()).isTrue();
        assertThat(said.toString()).contains("resuming after step 8 at ").contains("in 1016 steps");
        assertThat(model(root)).isEqualTo(uninterrupted());
    }

    @Test
    void theEndOfAKilledAgentsPipeIsNoEndOfTheEpochAndTheNextAgentServesTheResumedTrainer() throws Exception {
        Path root = root("agent-killed");
        JavaProcess agent = agent(root);
        JavaProcess trainer = trainer(root);
        awaitStep(root, 8);
        agent.kill();
        Files.createFile(gate);
        assertThat(trainer.await()).as(said.toString()).isEqualTo(1);
        assertThat(root.resolve("output/failure")).content().contains("train_0").contains("PipeException");
        agent(root);
        assertThat(trainer(root).await()).as(said.toString()).isZero();
        assertThat(said.toString()).contains("trainer | resuming after step ");
        assertThat(model(root)).isEqualTo(uninterrupted());
    }

    @Test
    void anAgentThatIsStoppedNotifiesItsTrainer() throws Exception {
        Path root = root("agent-stopped");
        JavaProcess agent = agent(root);
        JavaProcess trainer = trainer(root);
        awaitStep(root, 8);
        agent.close();
        Files.createFile(gate);
        assertThat(trainer.await()).as(said.toString()).isEqualTo(1);
        assertThat(root.resolve("output/failure"))
                .content()
                .contains("the agent ended the pipe after ")
                .contains("train_0");
    }
}
