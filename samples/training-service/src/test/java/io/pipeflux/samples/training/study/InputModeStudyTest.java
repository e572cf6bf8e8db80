package io.pipeflux.samples.training.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pipeflux.samples.training.modes.ModeComparison;
import io.pipeflux.samples.training.modes.ModeFigures;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class InputModeStudyTest {

    @TempDir
    Path directory;

    @Test
    void aSmallStudyFindsTheSameInBothModesAndDrawsIt() throws Exception {
        StringWriter out = new StringWriter();
        Path chart = directory.resolve("chart.svg");
        int code = InputModeStudy.run(
                new PrintWriter(out, true),
                "--size=2",
                "--rate=50",
                "--latency=1",
                "--rounds=1",
                "--warm-up=0",
                "--chart=" + chart);
        assertThat(code).as(out.toString()).isZero();
        assertThat(out.toString())
                .contains("round 1: file mode ")
                .contains("components, the same in both modes to the last bit")
                .containsPattern("total time +\\| +[0-9.]+ s \\| +[0-9.]+ s \\|")
                .contains("| disk used                       |       2.1 MB |       0.0 MB |");
        Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(chart.toFile());
        assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
        assertThat(svg.getElementsByTagName("rect").getLength()).isEqualTo(7);
    }

    @Test
    void whatIsSavedIsReportedInShares() {
        ModeFigures file = new ModeFigures(3_000_000_000L, 6_000_000_000L, 300, 300_000_000);
        ModeFigures pipe = new ModeFigures(300_000_000L, 9_000_000_000L, 0, 300_000_000);
        ModeComparison comparison = new ModeComparison(file, pipe);
        assertThat(comparison.startUpSaved()).isCloseTo(0.9, within(1e-9));
        assertThat(comparison.totalSaved()).isCloseTo(-0.5, within(1e-9));
        StringWriter out = new StringWriter();
        comparison.print(new PrintWriter(out, true));
        assertThat(out.toString())
                .contains("90 % shorter")
                .contains("50 % LONGER")
                .contains("50.0 MB/s");
    }
}
