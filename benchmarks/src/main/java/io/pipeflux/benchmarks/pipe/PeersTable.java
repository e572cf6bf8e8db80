package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.PeerFigures.Spread;
import io.pipeflux.records.example.ExampleSets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Formats passes as a Markdown table, and compares them with the {@link Goals}. */
final class PeersTable {

    static final String HEADER = """
            | set | from | side | GB/s (from - to) | of the best peer (from - to) | goal | CPU s/GB | GC pauses, ms \
            | heap, resident MB |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |""";

    private static final double MB = 1e6;
    private static final String REFERENCE = "ctr";
    private static final List<String> SHAPES = List.of("longkeys", "features", "ragged");

    private PeersTable() {}

    private static boolean isPeerThatParses(PipelineSide side) {
        return side.isPeer() && side.parses();
    }

    /** Returns one table row for each side. */
    static String rows(List<PeerPass> ofOneSetAndSource) {
        PeerFigures figures = new PeerFigures(ofOneSetAndSource);
        StringBuilder rows = new StringBuilder();
        for (PipelineSide side : figures.sides()) {
            OptionalDouble goal = Goals.ratio(side, figures.set(), figures.from());
            rows.append(String.format(
                    Locale.ROOT,
                    "| `%s` | %s | %s | %s | %s | %s | %.2f | %.0f, %.0f | %.0f, %.0f |%n",
                    figures.set(),
                    name(figures.from()),
                    name(side),
                    figures.rate(side),
                    ratio(figures, side),
                    goal.isPresent() ? String.format(Locale.ROOT, "%.1f", goal.getAsDouble()) : "",
                    figures.cpu(side),
                    figures.spread(side, pass -> pass.result().pauses()).median(),
                    figures.spread(side, pass -> pass.result().pauseMillis()).median(),
                    figures.spread(side, pass -> pass.result().heapBytes()).median() / MB,
                    figures.resident(side) / MB));
        }
        return rows.toString();
    }

    /**
     * Returns the ratio of a side's rate to that of the best peer as text. The text is empty if there is no peer, or if
     * the side is itself a peer.
     */
    static String ratio(PeerFigures figures, PipelineSide side) {
        return side.isPeer() || !figures.sides().contains(side)
                ? ""
                : figures.best(PeersTable::isPeerThatParses)
                        .map(peer -> figures.ratio(side, peer))
                        .map(spread -> String.format(
                                Locale.ROOT, "**%.2f** (%.2f - %.2f)", spread.median(), spread.least(), spread.most()))
                        .orElse("");
    }

    /** Returns one line for each comparison, with the measured value and its goal. */
    static String remarks(List<PeerPass> passes) {
        List<PeerFigures> cells = cells(passes);
        StringBuilder lines = new StringBuilder();
        for (PeerFigures cell : cells) {
            String where = "`" + cell.set() + "`, " + name(cell.from()) + ": ";
            remarks(cell)
                    .forEach(remark ->
                            lines.append("- ").append(where).append(remark).append('\n'));
        }
        perValue(cells).forEach(remark -> lines.append("- ").append(remark).append('\n'));
        return lines.toString();
    }

    /** Groups the passes by data set and source, in the order in which these combinations first occur. */
    static List<PeerFigures> cells(List<PeerPass> passes) {
        Map<String, List<PeerPass>> cells = new LinkedHashMap<>();
        passes.forEach(pass -> cells.computeIfAbsent(pass.set() + pass.from(), key -> new ArrayList<>())
                .add(pass));
        return cells.values().stream().map(PeerFigures::new).toList();
    }

    private static List<String> remarks(PeerFigures cell) {
        List<String> remarks = new ArrayList<>();
        if (!cell.sides().contains(PipelineSide.README)) {
            return remarks;
        }
        double readme = cell.rate(PipelineSide.README).median();
        cell.best(PipelineSide::isChosenByHand)
                .ifPresent(best -> remarks.add(judge(
                        "of the best setting chosen by hand, " + name(best),
                        readme / cell.rate(best).median(),
                        Goals.OF_BEST_OF_OURS,
                        true)));
        double cpu = cell.cpu(PipelineSide.README);
        if (cell.sides().contains(PipelineSide.PLAIN)) {
            remarks.add(judge("of plain Java's CPU", cpu / cell.cpu(PipelineSide.PLAIN), Goals.CPU_OF_PLAIN, false));
        }
        if (cell.sides().contains(PipelineSide.INLINE)) {
            remarks.add(judge(
                    "of the CPU of the inline pipeline",
                    cpu / cell.cpu(PipelineSide.INLINE),
                    Goals.CPU_OF_INLINE,
                    false));
        }
        if (cell.sides().contains(PipelineSide.HEAP256)) {
            remarks.add(judge(
                    "with 256 MiB of what it reads with 1 GiB",
                    cell.ratio(PipelineSide.HEAP256, PipelineSide.README).median(),
                    Goals.SMALL_HEAP,
                    true));
        }
        if (cell.sides().contains(PipelineSide.READONLY)) {
            Spread ofReading = cell.ratio(PipelineSide.README, PipelineSide.READONLY);
            OptionalDouble goal = Goals.ofReading(cell.set(), cell.from());
            remarks.add(
                    goal.isPresent()
                            ? judge("of a loop that only reads", ofReading.median(), goal.getAsDouble(), true)
                            : String.format(Locale.ROOT, "%.2f of a loop that only reads", ofReading.median()));
        }
        return remarks;
    }

    private static String judge(String what, double seen, double goal, boolean atLeast) {
        return String.format(
                Locale.ROOT,
                "%.2f %s (goal: %s %.2f, %s)",
                seen,
                what,
                atLeast ? "at least" : "at most",
                goal,
                (atLeast ? seen >= goal : seen <= goal) ? "met" : "**missed**");
    }

    /**
     * Returns one line for each data set with a special shape, such as many columns. The line states the time per
     * value, and compares it with the time per value in {@code ctr}.
     */
    private static List<String> perValue(List<PeerFigures> cells) {
        List<String> remarks = new ArrayList<>();
        for (PeerFigures cell : cells) {
            for (PeerFigures reference : cells) {
                if (SHAPES.contains(cell.set())
                        && reference.set().equals(REFERENCE)
                        && reference.from() == cell.from()
                        && cell.sides().contains(PipelineSide.README)
                        && reference.sides().contains(PipelineSide.README)) {
                    double nanos = nanosPerValue(cell);
                    remarks.add(String.format(
                                    Locale.ROOT, "`%s`, %s: %.1f ns a value, ", cell.set(), name(cell.from()), nanos)
                            + judge("of `" + REFERENCE + "`", nanos / nanosPerValue(reference), Goals.SHAPE, false));
                }
            }
        }
        return remarks;
    }

    private static double nanosPerValue(PeerFigures cell) {
        double values = ExampleSets.valuesPerRow(cell.set());
        return cell.spread(
                        PipelineSide.README,
                        pass -> pass.result().nanos()
                                / values
                                / Long.parseLong(pass.result().counted().split(":", 2)[0]))
                .median();
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
