package io.pipeflux.samples.training.service;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.PipelineReporter.WaitPoint;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

class PipelineViewTest {

    private static final JobRequest REQUEST =
            new JobRequest(null, "", JobRequest.Mode.pipe, Map.of(), List.of(), Map.of(), 1, 64);

    private final PipelineMonitor agent = PipelineMonitor.create("agent");
    private final PipelineMonitor reader = PipelineMonitor.create("reader");
    private final WorkTime work = new WorkTime();
    private final PipelineView view = new PipelineView(agent, reader, work, REQUEST, 64 << 20, 10);

    private PipelineStep step(String name) {
        return view.look(1, JobPhase.train, false).stream()
                .filter(step -> step.step().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Such as the pipe of an evaluation after its last byte. */
    @Test
    void whileNoReaderHasThePipeOpenTheStoreIsNotRead() {
        try (WaitPoint pipe = PipelineReporter.of(agent).waitPoint(() -> "eval_1")) {
            assertThat(step("s3").waiting()).isFalse();
            pipe.waitFor(Cause.READER);
            for (String name : List.of("s3", "window", "pipe")) {
                assertThat(step(name).waitsFor()).as(name).isEqualTo("a reader");
            }
            pipe.waitFor(Cause.ROOM);
            assertThat(step("s3").waiting()).isFalse();
        }
    }

    /** The two operators are joined, and have one wait. */
    @Test
    void batchesThatWaitForRowsAreSaidToWait() {
        Disposable running = Flux.<Integer>never()
                .transform(prefetch(10))
                .transform(mapAndBatch(64, 2, (Integer row) -> row))
                .contextWrite(reader.watch())
                .subscribe();
        try {
            await().until(() -> !reader.waits().isEmpty());
            assertThat(step("queue").waiting()).isTrue();
            assertThat(step("batches").waiting()).isTrue();
            assertThat(step("batches").waitShare()).isEqualTo(1);
        } finally {
            running.dispose();
        }
    }
}
