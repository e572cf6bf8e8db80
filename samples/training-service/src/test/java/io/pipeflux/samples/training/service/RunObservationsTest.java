package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class RunObservationsTest extends ServiceTest {

    /** A row of the table of Observations in docs/operations.md. */
    private static final Pattern ROW =
            Pattern.compile("^\\| `(pipeflux\\.[\\w.]+)` \\| `(\\w+)` \\| Observation \\|", Pattern.MULTILINE);

    private final List<Observation.Context> ended = new CopyOnWriteArrayList<>();

    private void record() {
        metrics.observations().observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                ended.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
    }

    private static Map<String, String> values(Observation.Context context) {
        return StreamSupport.stream(context.getAllKeyValues().spliterator(), false)
                .collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        ended.forEach(context -> names.add(context.getName()));
        return names;
    }

    @Test
    void aJobIsObservedWithItsEpochs() {
        record();
        String id = submit(request(3)).id();
        awaitState(id, JobState.done);
        assertThat(names())
                .containsExactly(
                        RunObservations.EPOCH, RunObservations.EPOCH, RunObservations.EPOCH, RunObservations.JOB);
        for (int epoch = 0; epoch < 3; epoch++) {
            assertThat(values(ended.get(epoch)))
                    .containsEntry("job", id)
                    .containsEntry("epoch", Integer.toString(epoch))
                    .containsEntry("outcome", "done");
            assertThat(ended.get(epoch).getParentObservation().getContextView()).isSameAs(ended.get(3));
        }
        assertThat(values(ended.get(3)))
                .containsEntry("trainer", "logistic-regression")
                .containsEntry("mode", "pipe")
                .containsEntry("outcome", "done");
        assertThat(ended.get(3).getError()).isNull();
    }

    @Test
    void howAJobEndsIsItsOutcome() throws Exception {
        record();
        String cancelled = submit(request(10_000)).id();
        awaitStep(cancelled);
        jobs.cancel(cancelled).block();
        assertThat(names()).endsWith(RunObservations.EPOCH, RunObservations.JOB);
        assertThat(values(ended.get(ended.size() - 2))).containsEntry("outcome", "cancelled");
        assertThat(values(ended.get(ended.size() - 1))).containsEntry("outcome", "cancelled");
        ended.clear();
        String failed = submit(request("pipe", store.uri("text/"), 1)).id();
        awaitState(failed, JobState.failed);
        assertThat(values(ended.get(1))).containsEntry("outcome", "failed");
        assertThat(ended.get(1).getError()).isNotNull();
        ended.clear();
        String stopped = submit(request(10_000)).id();
        awaitStep(stopped);
        jobs.close().block();
        assertThatThrownBy(() -> submit(request(1))).hasMessageContaining("one that is being closed");
        assertThat(values(ended.get(ended.size() - 1))).containsEntry("outcome", "stopped");
    }

    @Test
    void theyAreTimersUnderTheNamesOfTheDocumentation() throws Exception {
        Map<String, String> documented = ROW.matcher(Files.readString(Path.of("../../docs/operations.md")))
                .results()
                .collect(Collectors.toMap(row -> row.group(1), (MatchResult row) -> row.group(2)));
        assertThat(documented).containsOnlyKeys(RunObservations.JOB, RunObservations.EPOCH);
        awaitState(submit(request(1)).id(), JobState.done);
        String scrape = metrics.registry().scrape();
        assertThat(documented.values()).allSatisfy(name -> assertThat(scrape).contains(name + "_count{"));
        assertThat(scrape)
                .contains("error=\"none\"", "mode=\"pipe\"", "outcome=\"done\"", "trainer=\"logistic-regression\"")
                .doesNotContain("job=\"", "epoch=\"");
    }
}
