package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.PipelineReporter.WaitPoint;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LongWaitsTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final PipelineMonitor reader = PipelineMonitor.create("ID");
    private final PipelineMonitor evalAgent = PipelineMonitor.create("ID/eval/agent");
    private final LongWaits waits = new LongWaits(Duration.ZERO);

    private static WaitPoint point(PipelineMonitor of, String name) {
        return PipelineReporter.of(of).waitPoint(() -> name);
    }

    private List<String> look() {
        return waits.look(List.of(reader, evalAgent));
    }

    @Test
    void eachWaitForDataIsFoundOnceOnEachSide() {
        WaitPoint pipe = point(reader, "train_0");
        WaitPoint queue = point(reader, "prefetch(256)");
        WaitPoint object = point(evalAgent, "s3://b/eval/");
        assertThat(look()).isEmpty();
        queue.waitFor(Cause.UPSTREAM);
        pipe.waitFor(Cause.BYTES);
        object.waitFor(Cause.OBJECT);
        assertThat(look())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("stalled: train_0: waiting ")
                                .endsWith(" for bytes from the writer (channel train, the training)"),
                        line -> assertThat(line)
                                .startsWith("stalled: s3://b/eval/: waiting ")
                                .endsWith(" for bytes of an object (channel eval, the agent)"));
        assertThat(look()).isEmpty();
        pipe.go();
        object.go();
        assertThat(look()).singleElement().asString().contains("prefetch(256)"); // nothing explains it any more
        pipe.waitFor(Cause.BYTES);
        assertThat(look()).singleElement().asString().contains("train_0");
    }

    @Test
    void aSlowTrainerIsNoStall() {
        point(reader, "train_0").waitFor(Cause.DEMAND);
        point(evalAgent, "eval_0").waitFor(Cause.READER);
        point(evalAgent, "eval_1").waitFor(Cause.ROOM);
        assertThat(look()).isEmpty();
        reader.waits();
        LongWaits patient = new LongWaits(Duration.ofHours(1));
        point(reader, "train_1").waitFor(Cause.OBJECT);
        assertThat(patient.look(List.of(reader))).isEmpty();
    }

    @Test
    void aDownloadAndAListingThatDoNotProgressAreFoundOnce() {
        LongWaits ten = new LongWaits(Duration.ofSeconds(10));
        assertThat(ten.before(JobPhase.list, 0, 0)).isEmpty();
        assertThat(ten.before(JobPhase.list, 0, 9 * SECOND)).isEmpty();
        assertThat(ten.before(JobPhase.list, 0, 11 * SECOND))
                .containsExactly("stalled: the listing of the data has not ended after 11 s");
        assertThat(ten.before(JobPhase.list, 0, 30 * SECOND)).isEmpty();
        assertThat(ten.before(JobPhase.download, 0, 31 * SECOND)).isEmpty();
        assertThat(ten.before(JobPhase.download, 7, 45 * SECOND)).isEmpty();
        assertThat(ten.before(JobPhase.download, 7, 55 * SECOND))
                .containsExactly("stalled: no byte was downloaded for 10 s, after 7 bytes");
    }
}
