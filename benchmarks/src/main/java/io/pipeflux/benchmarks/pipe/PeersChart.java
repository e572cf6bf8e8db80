package io.pipeflux.benchmarks.pipe;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Draws a chart of the passes that {@link PipelinePeers} has written: the GB/s of each side, from files and from FIFOs.
 */
@Command(name = "PeersChart", description = "Draws passes as SVG.")
final class PeersChart implements Callable<Integer> {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 300;
    private static final int FONT = 11;
    private static final Map<PipelineSide, String> NAMES = new LinkedHashMap<>();
    private static final Map<PipelineSide, Color> COLORS = Map.of(
            PipelineSide.README, new Color(0x1f77b4),
            PipelineSide.TENSORFLOW, new Color(0xff9f40),
            PipelineSide.PLAIN, new Color(0x9aa0a6),
            PipelineSide.HADOOP, new Color(0xd0d4d8));

    static {
        NAMES.put(PipelineSide.README, "Pipeflux, the README's pipeline");
        NAMES.put(PipelineSide.TENSORFLOW, "TensorFlow at its best");
        NAMES.put(PipelineSide.PLAIN, "plain Java");
        NAMES.put(PipelineSide.HADOOP, "tensorflow-hadoop");
    }

    @Option(names = "--csv", split = ",", required = true, description = "the passes")
    private List<Path> csv = List.of();

    @Option(names = "--svg", required = true, description = "what to write")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path svg;

    @Option(names = "--table", description = "prints the passes as a table, too")
    private boolean table;

    @Option(names = "--png", description = "a PNG beside it, too")
    private boolean png;

    /** Runs the program. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new PeersChart()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        List<PeerPass> passes = new ArrayList<>();
        for (Path file : csv) {
            passes.addAll(PeerPass.read(file));
        }
        draw(passes, svg, png);
        if (table) {
            System.out.println(PeersSummary.of(passes));
            System.out.print(PeersTable.remarks(passes));
        }
        return 0;
    }

    static void draw(List<PeerPass> passes, Path svg, boolean png) throws IOException {
        List<CategoryChart> charts = new ArrayList<>();
        addChart(charts, "From a cached file, GB/s", PeersTable.cells(passes), From.FILE);
        addChart(charts, "From a FIFO of 1 MiB, GB/s", PeersTable.cells(passes), From.FIFO);
        Picture.write(svg, WIDTH, HEIGHT * charts.size(), png, graphics -> paint(charts, graphics));
    }

    private static void paint(List<CategoryChart> charts, Graphics2D graphics) {
        for (CategoryChart chart : charts) {
            chart.paint(graphics, WIDTH, HEIGHT);
            graphics.translate(0, HEIGHT);
        }
    }

    private static void addChart(List<CategoryChart> charts, String title, List<PeerFigures> all, From from) {
        List<PeerFigures> cells =
                all.stream().filter(cell -> cell.from() == from).toList();
        List<String> sets = cells.stream().map(PeerFigures::set).toList();
        if (cells.isEmpty()) {
            return;
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .build();
        style(chart.getStyler());
        NAMES.forEach((side, name) -> {
            List<@Nullable Double> rates = new ArrayList<>();
            for (PeerFigures cell : cells) {
                rates.add(cell.sides().contains(side) ? cell.rate(side).median() : null);
            }
            if (rates.stream().anyMatch(rate -> rate != null)) {
                chart.addSeries(name, sets, rates).setFillColor(COLORS.get(side));
            }
        });
        charts.add(chart);
    }

    private static void style(CategoryStyler styler) {
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, FONT);
        styler.setBaseFont(font)
                .setChartTitleFont(font.deriveFont(Font.BOLD))
                .setLegendFont(font)
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false);
        styler.setAxisTickLabelsFont(font);
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setYAxisDecimalPattern("0.00");
        styler.setYAxisMin(0.0);
        styler.setLabelsVisible(true);
        styler.setLabelsFont(font.deriveFont(8f));
        styler.setLabelsPosition(1.06);
        styler.setAvailableSpaceFill(0.85);
    }
}
