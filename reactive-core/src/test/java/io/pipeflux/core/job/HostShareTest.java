package io.pipeflux.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostShareTest {

    @ParameterizedTest
    @CsvSource({"RANK, WORLD_SIZE", "OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE", "PMI_RANK, PMI_SIZE"})
    void whatStartsProcessesStatesTheShare(String rank, String size) {
        assertThat(HostShare.from(Map.of(rank, "3", size, "8"), null)).isEqualTo(new HostShare(8, 3));
        assertThat(HostShare.from(Map.of(rank, "3", size, "8"), 8)).isEqualTo(new HostShare(8, 3));
        refused(Map.of(rank, "3"), null, rank, size);
        refused(Map.of(size, "3"), null, rank, size);
        refused(Map.of(rank, "8", size, "8"), null, rank, size);
        refused(Map.of(rank, "-1", size, "8"), null, rank + "=\"-1\"");
        refused(Map.of(rank, "", size, "8"), null, rank + "=\"\"");
        refused(Map.of(rank, "+1", size, "8"), null, rank + "=\"+1\"", "digits 0 to 9");
        refused(Map.of(rank, " 1", size, "8"), null, rank + "=\" 1\"", "digits 0 to 9");
        refused(Map.of(rank, "\uFF11", size, "8"), null, rank + "=\"\uFF11\"", "digits 0 to 9");
        refused(Map.of(rank, "0", size, "0"), null, size + "=\"0\"");
        refused(Map.of(rank, "0", size, "99999999999"), null, size + "=\"99999999999\"");
        refused(Map.of(rank, "3", size, "8"), 9, rank, size, "a count of 9");
    }

    @Test
    void anIndexedJobStatesTheIndexOnly() {
        Map<String, String> pod = Map.of("JOB_COMPLETION_INDEX", "2");
        assertThat(HostShare.from(pod, 3)).isEqualTo(new HostShare(3, 2));
        refused(pod, null, "JOB_COMPLETION_INDEX", "fromEnvironment(count)");
        refused(pod, 2, "JOB_COMPLETION_INDEX=\"2\"", "from 0 to 1");
        refused(Map.of("JOB_COMPLETION_INDEX", "two"), 3, "JOB_COMPLETION_INDEX=\"two\"");
    }

    @Test
    void severalProcessesOfAPodAreCountedByWhatStartsThem() {
        Map<String, String> process = Map.of("RANK", "9", "WORLD_SIZE", "16", "JOB_COMPLETION_INDEX", "1");
        assertThat(HostShare.from(process, null)).isEqualTo(new HostShare(16, 9));
        refused(process, 16, "RANK=\"9\"", "JOB_COMPLETION_INDEX=\"1\"");
    }

    @Test
    void twoStartersMustAgree() {
        Map<String, String> agree = Map.of("RANK", "1", "WORLD_SIZE", "2", "PMI_RANK", "1", "PMI_SIZE", "2");
        assertThat(HostShare.from(agree, null)).isEqualTo(new HostShare(2, 1));
        refused(
                Map.of("RANK", "1", "WORLD_SIZE", "2", "OMPI_COMM_WORLD_RANK", "0", "OMPI_COMM_WORLD_SIZE", "2"),
                null,
                "RANK=\"1\"",
                "OMPI_COMM_WORLD_RANK=\"0\"");
    }

    @Test
    void nothingSetIsAnErrorThatNamesWhatIsLookedFor() {
        refused(Map.of(), null, "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "JOB_COMPLETION_INDEX");
        refused(Map.of(), 4, "JOB_COMPLETION_INDEX");
    }

    @Test
    void aShareIsOneOfItsCount() {
        assertThat(HostShare.of(ResourceConfig.of("b", List.of("a", "b", "c")))).isEqualTo(new HostShare(3, 1));
        assertThatThrownBy(() -> new HostShare(0, 0)).hasMessage("expected count >= 1, but got 0");
        assertThatThrownBy(() -> new HostShare(2, 2)).hasMessage("expected an index from 0 to 1, but got 2");
        assertThatThrownBy(() -> new HostShare(2, -1)).hasMessage("expected an index from 0 to 1, but got -1");
        assertThatThrownBy(() -> HostShare.from(Map.of(), 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void refused(Map<String, String> environment, @Nullable Integer count, String... words) {
        assertThatThrownBy(() -> HostShare.from(environment, count))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(words);
    }
}
