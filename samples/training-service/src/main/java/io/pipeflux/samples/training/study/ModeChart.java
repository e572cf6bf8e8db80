package io.pipeflux.samples.training.study;

import io.pipeflux.samples.training.modes.ModeComparison;
import io.pipeflux.samples.training.modes.ModeFigures;
import java.util.Locale;

/**
 * Draws file mode and pipe mode as two bars on one time axis. Each bar shows the start-up, followed by the training.
 */
final class ModeChart {

    private static final int WIDTH = 760;
    private static final int LEFT = 90;
    private static final int BAR_WIDTH = 560;
    private static final int BAR_HEIGHT = 34;

    private ModeChart() {}

    /**
     * Returns the chart as SVG.
     *
     * @param title one line that describes the runs
     */
    static String svg(ModeComparison comparison, String title) {
        double longest =
                Math.max(comparison.file().totalSeconds(), comparison.pipe().totalSeconds());
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d 216\" font-family=\"sans-serif\""
                        + " font-size=\"13\">",
                WIDTH);
        add(svg, "<rect width=\"%d\" height=\"216\" fill=\"#ffffff\"/>", WIDTH);
        text(svg, 16, 28, "#222222", escape(title));
        bar(svg, 48, "File mode", comparison.file(), longest);
        bar(svg, 94, "Pipe mode", comparison.pipe(), longest);
        axis(svg, 140, longest);
        legend(svg, 192);
        return svg.append("</svg>\n").toString();
    }

    private static void bar(StringBuilder svg, int y, String name, ModeFigures figures, double longest) {
        double startUp = BAR_WIDTH * figures.startUpSeconds() / longest;
        double total = BAR_WIDTH * figures.totalSeconds() / longest;
        text(svg, 16, y + 22, "#222222", name);
        rect(svg, LEFT, y, startUp, "#c2703d");
        rect(svg, LEFT + startUp, y, total - startUp, "#3d7ab8");
        String seconds = String.format(
                Locale.ROOT, "%.2f s, first batch %.2f s", figures.totalSeconds(), figures.startUpSeconds());
        boolean inside = total > BAR_WIDTH / 2.0;
        add(
                svg,
                "<text x=\"%.1f\" y=\"%d\" fill=\"%s\" text-anchor=\"%s\">%s</text>",
                LEFT + total + (inside ? -8 : 8),
                y + 22,
                inside ? "#ffffff" : "#222222",
                inside ? "end" : "start",
                seconds);
    }

    private static void axis(StringBuilder svg, int y, double longest) {
        double step = Math.pow(10, Math.floor(Math.log10(longest)));
        step = longest / step < 2 ? step / 5 : longest / step < 5 ? step / 2 : step;
        add(svg, "<path d=\"M%d %dh%d\" stroke=\"#888888\"/>", LEFT, y, BAR_WIDTH);
        for (int i = 0; i * step <= longest * 1.0001; i++) {
            double x = LEFT + BAR_WIDTH * i * step / longest;
            add(svg, "<path d=\"M%.1f %dv5\" stroke=\"#888888\"/>", x, y);
            text(svg, x - 8, y + 20, "#555555", String.format(Locale.ROOT, step < 1 ? "%.1f s" : "%.0f s", i * step));
        }
    }

    private static void legend(StringBuilder svg, int y) {
        add(svg, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"#c2703d\"/>", LEFT, y - 11);
        text(svg, LEFT + 18, y, "#222222", "until the first batch");
        add(svg, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"#3d7ab8\"/>", LEFT + 180, y - 11);
        text(svg, LEFT + 198, y, "#222222", "until the end");
    }

    private static void rect(StringBuilder svg, double x, int y, double width, String colour) {
        add(
                svg,
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                x,
                y,
                Math.max(1, width),
                BAR_HEIGHT,
                colour);
    }

    private static void text(StringBuilder svg, double x, int y, String colour, String text) {
        add(svg, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\">%s</text>", x, y, colour, text);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would need another library
    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
