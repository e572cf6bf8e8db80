package io.pipeflux.s3;

import static org.awaitility.Awaitility.await;

import io.pipeflux.core.file.DirectoryChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** An agent that is cancelled while it starts. */
class PipeAgentCancelTest {

    private static final int ROUNDS = 100;
    private static final int LONGEST_NANOS = 4_000_000;

    @TempDir
    private Path directory;

    @Test
    void theDirectoryIsFreeWhateverTheMomentOfTheCancel() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Files.write(data.resolve("x"), new byte[3000]);
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < ROUNDS; round++) {
            Path root = directory.resolve("ml-" + round);
            PipeAgent agent = PipeAgent.at(root)
                    .channel("train", DirectoryChannel.of(data).objects());
            long moment = System.nanoTime() + random.nextInt(LONGEST_NANOS);
            Disposable running = agent.run().subscribe();
            while (System.nanoTime() < moment) {
                Thread.onSpinWait();
            }
            running.dispose();
            await("round " + round)
                    .atMost(Duration.ofSeconds(60))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .ignoreExceptions()
                    .until(() -> {
                        AgentLock.take(root).close();
                        return true;
                    });
        }
    }
}
