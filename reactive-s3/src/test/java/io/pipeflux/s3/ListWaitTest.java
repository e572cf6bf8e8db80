package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.s3.test.MemoryClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** A store that is silent in its listing is a wait like one that is silent in an object. */
class ListWaitTest {

    private final MemoryClient client = new MemoryClient(new byte[3], 1);
    private final PipelineMonitor monitor = PipelineMonitor.create("test");
    private final Sinks.Many<ChannelItem> listed = Sinks.many().unicast().onBackpressureBuffer();

    @AfterEach
    void close() {
        client.close();
    }

    private Flux<ObjectBytes> objects() {
        return EpochObjects.of("s3://bucket/train/", client, S3ReadOptions.defaults(), listed.asFlux())
                .contextWrite(monitor.watch());
    }

    private void assertWaitsForTheList() {
        assertThat(monitor.waits()).singleElement().satisfies(wait -> {
            assertThat(wait.where()).isEqualTo("s3://bucket/train/");
            assertThat(wait.cause()).isEqualTo(Cause.LIST);
            assertThat(wait.toString()).endsWith(" for the list of objects");
        });
    }

    @Test
    void theListIsWaitedForFromTheRequestToTheObject() {
        StepVerifier.create(objects(), 0)
                .then(() -> assertThat(monitor.waits()).isEmpty()) // nothing was requested
                .thenRequest(1)
                .then(this::assertWaitsForTheList)
                .then(() -> listed.tryEmitNext(new S3ObjectRef("bucket", "train/a", 3, null))
                        .orThrow())
                .expectNextCount(1)
                .then(() -> assertThat(monitor.waits()).isEmpty())
                .thenRequest(1)
                .then(this::assertWaitsForTheList)
                .then(() -> listed.tryEmitComplete().orThrow())
                .verifyComplete();
        assertThat(monitor.waits()).isEmpty();
        assertThat(monitor.stalled(Cause.LIST)).isPositive();
    }

    @Test
    void aCancelEndsTheWait() {
        StepVerifier.create(objects())
                .then(this::assertWaitsForTheList)
                .thenCancel()
                .verify();
        await().untilAsserted(() -> assertThat(monitor.waits()).isEmpty());
    }
}
