package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.suite.OpenResources;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

class DescriptorLeakTest {

    @TempDir
    Path directory;

    @Test
    void aHundredEpochsReadCancelledAndAbandonedLeaveNoDescriptorAndNoThread() {
        epoch(0); // loads classes, opens jars
        int before = OpenResources.descriptors();
        for (int n = 1; n <= 100; n++) {
            epoch(n);
        }
        OpenResources.awaitNoneLeft(directory);
        await().untilAsserted(() -> assertThat(OpenResources.descriptors()).isLessThanOrEqualTo(before));
    }

    private void epoch(int n) {
        PipeChannels channels = PipeChannels.create(PipeOptions.directory(directory));
        Flux<ObjectBytes> objects =
                Flux.just(ObjectBytes.of("zeros", 0, 300_000, null, from -> Flux.just(ByteBuffer.allocate(300_000))));
        String channel = "train-" + n;
        Disposable agent = ChannelWriter.into(directory)
                .write(channel, 0, objects, ObjectBytes::bytes)
                .subscribe();
        switch (n % 4) {
            case 0 -> channels.channel(channel).blockLast();
            case 1 -> channels.channel(channel).blockFirst();
            case 2 -> channels.channel(channel).subscribe().dispose();
            default -> channels.channel("missing-" + n).subscribe().dispose();
        }
        agent.dispose();
    }
}
