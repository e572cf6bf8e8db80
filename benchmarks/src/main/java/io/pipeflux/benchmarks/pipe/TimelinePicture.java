package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.Spans.Span;
import io.pipeflux.benchmarks.pipe.Spans.Work;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Draws a few typical milliseconds of a pass. The picture has one lane for the reader, one for each worker, and one for
 * the consumer.
 */
final class TimelinePicture {

    private static final int WIDTH = 900;
    private static final int LEFT = 110;
    private static final int TOP = 34;
    private static final int LANE = 34;
    private static final int BAR = 22;
    private static final int FONT = 11;
    private static final double MILLI = 1e6;
    private static final Map<Work, Color> COLORS = Map.of(
            Work.READ,
            new Color(0xd9ead3),
            Work.CUT,
            new Color(0x38761d),
            Work.MAKE,
            new Color(0x1f77b4),
            Work.CONSUME,
            new Color(0xff9f40));

    private final Map<String, List<Span>> lanes = new LinkedHashMap<>();
    private final long begin;
    private final int millis;
    private final int busyMicros;

    private TimelinePicture(List<Span> spans, int millis, int busyMicros) {
        this.millis = millis;
        this.begin = ordinary(spans);
        this.busyMicros = busyMicros;
        addLanes(spans);
    }

    static void draw(List<Span> spans, int millis, int busyMicros, Path svg, boolean png) throws IOException {
        TimelinePicture picture = new TimelinePicture(spans, millis, busyMicros);
        Picture.write(svg, WIDTH, TOP + LANE * picture.lanes.size() + 2 * LANE, png, picture::paint);
    }

    /**
     * Returns the beginning of a typical time window: one in which the consumer begins the median number of batches.
     */
    private long ordinary(List<Span> spans) {
        long first = spans.stream().mapToLong(Span::begin).min().orElse(0);
        Map<Long, Integer> windows = new TreeMap<>();
        for (Span span : spans) {
            long window = (span.begin() - first) / (long) (millis * MILLI);
            windows.merge(window, span.work() == Work.CONSUME ? 1 : 0, Integer::sum);
        }
        long middle = windows.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .skip(windows.size() / 2)
                .mapToLong(Map.Entry::getKey)
                .findFirst()
                .orElse(0);
        return first + (long) (middle * millis * MILLI);
    }

    /**
     * Adds a lane for each thread, with the reader first. Nested spans are drawn on top of each other. The consumer
     * also gets its own lane, because it runs on whichever thread emits.
     */
    private void addLanes(List<Span> spans) {
        Map<String, List<Span>> threads = new TreeMap<>();
        for (Span span : spans) {
            if (span.end() > begin && span.begin() < begin + millis * MILLI) {
                threads.computeIfAbsent(span.thread(), thread -> new ArrayList<>())
                        .add(span);
            }
        }
        int workers = 0;
        lanes.put("reader", new ArrayList<>());
        for (List<Span> own : threads.values()) {
            own.sort(Comparator.comparing(Span::work));
            lanes.put(own.stream().anyMatch(span -> span.work() == Work.READ) ? "reader" : "worker " + ++workers, own);
        }
        lanes.put(
                "consumer",
                spans.stream().filter(span -> span.work() == Work.CONSUME).toList());
    }

    private void paint(Graphics2D graphics) {
        int lanesEnd = TOP + LANE * lanes.size();
        graphics.setColor(Color.WHITE);
        graphics.fill(new Rectangle2D.Double(0, 0, WIDTH, lanesEnd + 2 * LANE));
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT));
        graphics.setColor(Color.DARK_GRAY);
        graphics.drawString(
                "seed from a FIFO, prefetch(10), mapAndBatch(64, 2), a consumer that is busy for " + busyMicros
                        + " us with each batch",
                LEFT,
                TOP / 2);
        int y = TOP;
        for (Map.Entry<String, List<Span>> lane : lanes.entrySet()) {
            graphics.setColor(Color.DARK_GRAY);
            graphics.drawString(lane.getKey(), 10, y + BAR / 2 + FONT / 2);
            graphics.setColor(new Color(0xf2f2f2));
            graphics.fill(new Rectangle2D.Double(LEFT, y, WIDTH - LEFT - 10, BAR));
            for (Span span : lane.getValue()) {
                double from = Math.max(LEFT, x(span.begin()));
                double to = Math.min(WIDTH - 10, x(span.end()));
                if (to <= from) {
                    continue; // skips a span outside of the window
                }
                graphics.setColor(COLORS.getOrDefault(span.work(), Color.GRAY));
                graphics.fill(new Rectangle2D.Double(from, y, Math.max(0.6, to - from - 0.6), BAR));
            }
            y += LANE;
        }
        graphics.setColor(Color.DARK_GRAY);
        for (int i = 0; i <= 2 * millis; i++) {
            double x = x((long) (begin + i * MILLI / 2));
            graphics.fill(new Rectangle2D.Double(x - 0.25, TOP - 4, 0.5, lanesEnd - TOP));
            graphics.drawString(
                    String.format(Locale.ROOT, "%.1f ms", i / 2.0), (float) Math.min(x, WIDTH - 40), lanesEnd + 8f);
        }
        graphics.drawString(
                "light green: reads, or waits for the writer; green: cuts out records; blue: makes a batch's columns;"
                        + " orange: is busy",
                LEFT,
                lanesEnd + LANE);
    }

    private double x(long nanos) {
        return LEFT + (WIDTH - LEFT - 10) * (nanos - begin) / (millis * MILLI);
    }
}
