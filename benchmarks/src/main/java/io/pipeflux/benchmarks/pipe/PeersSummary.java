package io.pipeflux.benchmarks.pipe;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Formats passes as a Markdown table with one line for each data set and source. Each line contains the medians of all
 * sides, and compares the README's pipeline with the best peer.
 */
final class PeersSummary {

    private static final List<PipelineSide> SIDES = List.of(
            PipelineSide.README,
            PipelineSide.NOPREFETCH,
            PipelineSide.INLINE,
            PipelineSide.POOLED,
            PipelineSide.TENSORFLOW,
            PipelineSide.PLAIN,
            PipelineSide.HADOOP,
            PipelineSide.READONLY);

    private PeersSummary() {}

    static String of(List<PeerPass> passes) {
        StringBuilder table = new StringBuilder("| set | from |");
        StringBuilder line = new StringBuilder("| --- | --- |");
        List<PipelineSide> sides = SIDES.stream()
                .filter(side -> passes.stream().anyMatch(pass -> pass.side() == side))
                .toList();
        for (PipelineSide side : sides) {
            table.append(' ').append(name(side)).append(" |");
            line.append(" --- |");
        }
        table.append(" **of the best peer** (from - to) | goal | CPU s/GB: readme, plain, inline |\n")
                .append(line)
                .append(" --- | --- | --- |\n");
        for (PeerFigures cell : PeersTable.cells(passes)) {
            table.append("| `")
                    .append(cell.set())
                    .append("` | ")
                    .append(name(cell.from()))
                    .append(" |");
            for (PipelineSide side : sides) {
                table.append(cell.sides().contains(side) ? rate(cell, side) : "")
                        .append(" |");
            }
            table.append(' ')
                    .append(PeersTable.ratio(cell, PipelineSide.README))
                    .append(" |");
            OptionalDouble goal = Goals.ratio(PipelineSide.README, cell.set(), cell.from());
            table.append(goal.isPresent() ? String.format(Locale.ROOT, " %.1f", goal.getAsDouble()) : "")
                    .append(" | ");
            table.append(cpu(cell, PipelineSide.README)).append(", ");
            table.append(cpu(cell, PipelineSide.PLAIN)).append(", ");
            table.append(cpu(cell, PipelineSide.INLINE)).append(" |\n");
        }
        return table.toString();
    }

    private static String rate(PeerFigures cell, PipelineSide side) {
        return String.format(Locale.ROOT, " %.2f", cell.rate(side).median());
    }

    private static String cpu(PeerFigures cell, PipelineSide side) {
        return cell.sides().contains(side) ? String.format(Locale.ROOT, "%.2f", cell.cpu(side)) : "-";
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
