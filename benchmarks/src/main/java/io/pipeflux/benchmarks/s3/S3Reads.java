package io.pipeflux.benchmarks.s3;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares ways to read from S3. Each way is measured once per round, in a new JVM. Prints a table. */
@Command(name = "s3-reads", mixinStandardHelpOptions = true)
final class S3Reads implements Callable<Integer> {

    private static final int MIB = 1 << 20;

    /** The scenarios that are compared. */
    enum Scenario {
        /** Reads one large object after warm-up reads of this object in the same JVM. */
        BIG,
        /** Reads one large object in new JVMs, without warm-up reads. */
        COLD,
        /**
         * Reads from a store that delays each response by 50 ms. Compares fetching 16 parts of 1 MiB at a time with
         * fetching one part after another.
         */
        LATENCY,
        /**
         * Compares thousands of small objects with a few large objects, over a link with a throughput of 40 MB/s and a
         * latency of 20 ms.
         */
        SMALL,
        /**
         * Reads a large object in new JVMs, from a store that limits each connection to 40 MB/s and delays each
         * response by 20 ms.
         */
        WAN,
        /** The same as {@link #WAN}, but reads 4 GiB, so that the start of the JVM hardly affects the result. */
        STEADY,
        /** Reads small objects over loopback. Shows the GETs per second, and the CPU time per GET. */
        GETS,
        /** Reads 4 GiB with a heap of 64 MiB plus the size of the fetch window. */
        MEMORY
    }

    @Parameters(description = "${COMPLETION-CANDIDATES}", arity = "1..*")
    private List<Scenario> scenarios = new ArrayList<>();

    @Option(names = "--rounds", defaultValue = "7", description = "of each side, ${DEFAULT-VALUE} by default")
    private int rounds;

    @Option(
            names = "--before",
            defaultValue = "20",
            description = "readings before a measured one in big, ${DEFAULT-VALUE} by default")
    private int before;

    @Option(
            names = "--initial-heap",
            defaultValue = "",
            description = "of the reading JVMs, as -Xms has it; the JVM's own choice by default")
    private String initialHeap = "";

    @Option(
            names = "--sides",
            split = ",",
            description = "only these, whose ratios are those to the first; ${COMPLETION-CANDIDATES}")
    private List<PrefixReading> only = List.of();

    @Option(names = "--size", defaultValue = "1024", description = "of the large object in MiB")
    private long size;

    public static void main(String[] args) {
        System.exit(new CommandLine(new S3Reads())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        for (Scenario scenario : scenarios) {
            run(scenario);
        }
        return 0;
    }

    private void run(Scenario scenario) throws Exception {
        Objects large = new Objects(size * MIB, 1);
        List<PrefixReading> whole = List.of(
                PrefixReading.WINDOW,
                PrefixReading.WINDOW_README,
                PrefixReading.WINDOW_NETTY_NIO,
                PrefixReading.WINDOW_CRT,
                PrefixReading.CRT,
                PrefixReading.GET_OBJECT,
                PrefixReading.GET_OBJECT_REACTOR_NETTY,
                PrefixReading.TRANSFER_MANAGER,
                PrefixReading.PEKKO,
                PrefixReading.RAW);
        switch (scenario) {
            case BIG ->
                compare(
                        "One object of " + size + " MiB, after " + before + " readings",
                        0,
                        large,
                        whole,
                        8 * MIB,
                        before);
            case COLD -> compare("One object of " + size + " MiB, JVMs just started", 0, large, whole, 8 * MIB, 0);
            case LATENCY ->
                compare(
                        "256 MiB at 50 ms a GET, parts of 1 MiB",
                        50,
                        new Objects(256 * MIB, 1),
                        List.of(PrefixReading.WINDOW, PrefixReading.CRT, PrefixReading.SEQUENTIAL_GETS),
                        MIB,
                        1);
            case SMALL -> small();
            case WAN -> wan(new Objects(256 * MIB, 1), whole);
            case STEADY ->
                wan(
                        new Objects(4L << 30, 1),
                        List.of(PrefixReading.WINDOW, PrefixReading.WINDOW_CRT, PrefixReading.CRT));
            case GETS ->
                compare(
                        "5,000 objects of 10 KB",
                        0,
                        new Objects(10_000, 5_000),
                        List.of(
                                PrefixReading.WINDOW,
                                PrefixReading.WINDOW_README,
                                PrefixReading.WINDOW_NETTY_NIO,
                                PrefixReading.WINDOW_CRT,
                                PrefixReading.CRT,
                                PrefixReading.CRT_AHEAD,
                                PrefixReading.GET_OBJECT,
                                PrefixReading.RAW),
                        8 * MIB,
                        1);
            case MEMORY -> memory();
        }
    }

    private void compare(
            String title, long delay, Objects objects, List<PrefixReading> sides, int partBytes, int before)
            throws Exception {
        try (Store store = Store.start(Store.data(objects.size()), delay)) {
            compareAt(title, store.port(), objects, sides, partBytes, before);
        }
    }

    private void wan(Objects objects, List<PrefixReading> sides) throws Exception {
        try (Store store = Store.start(Store.data(objects.size()), 20);
                SlowLink link = SlowLink.ofEachConnection(store.port(), 40e6)) {
            compareAt(
                    objects.bytes() / MIB + " MiB at 40 MB/s a connection and 20 ms a GET",
                    link.port(),
                    objects,
                    sides,
                    8 * MIB,
                    0);
        }
    }

    private void compareAt(String title, int port, Objects objects, List<PrefixReading> all, int partBytes, int before)
            throws Exception {
        List<PrefixReading> sides = only.isEmpty() ? all : only;
        Map<PrefixReading, List<Reading>> readings = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (PrefixReading side : sides) {
                readings.computeIfAbsent(side, s -> new ArrayList<>())
                        .add(read(side, port, objects, partBytes, before, "1g"));
            }
        }
        System.out.printf(Locale.ROOT, "%n%s; %d rounds, medians%n%n", title, rounds);
        System.out.println("| side | MiB/s | GETs of objects/s | CPU s/GB | CPU ms an object"
                + " | speed of the first side, this one = 1 | CPU of the first side, this one = 1 |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
        List<Reading> ours = java.util.Objects.requireNonNull(readings.get(sides.get(0)));
        readings.forEach((side, theirs) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %.2f | %.3f | %.2f | %.2f |%n",
                side,
                median(theirs, r -> r.bytes() / (double) MIB / r.seconds()),
                median(theirs, r -> objects.count() / r.seconds()),
                median(theirs, r -> r.cpuSeconds() / (r.bytes() / 1e9)),
                median(theirs, r -> r.cpuSeconds() * 1e3 / objects.count()),
                ratio(ours, theirs, r -> r.bytes() / r.seconds()),
                ratio(ours, theirs, Reading::cpuSeconds)));
    }

    /**
     * Compares reading large objects with reading small objects over the same link. Pipeflux reads both kinds, and the
     * AWS CRT reads only the small objects.
     */
    private void small() throws Exception {
        Objects few = new Objects(100_000_000, 2);
        Objects many = new Objects(100_000, 2_000);
        try (Store store = Store.start(Store.data(few.size()), 20);
                SlowLink link = SlowLink.to(store.port(), 40e6)) {
            List<Reading> large = new ArrayList<>();
            List<Reading> little = new ArrayList<>();
            List<Reading> theirs = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                large.add(read(PrefixReading.WINDOW, link.port(), few, 8 * MIB, 0, "1g"));
                little.add(read(PrefixReading.WINDOW, link.port(), many, 8 * MIB, 0, "1g"));
                theirs.add(read(PrefixReading.CRT_AHEAD, link.port(), many, 8 * MIB, 0, "1g"));
            }
            System.out.printf(Locale.ROOT, "%n200 MB through 40 MB/s and 20 ms; %d rounds, medians%n%n", rounds);
            System.out.println("| side | objects | MB/s | CPU s/GB | ratio to large ones |");
            System.out.println("| --- | --- | --- | --- | --- |");
            small("WINDOW | 2 of 100 MB", large, large);
            small("WINDOW | 2,000 of 100 KB", little, large);
            small("CRT_AHEAD | 2,000 of 100 KB", theirs, large);
        }
    }

    private static void small(String what, List<Reading> readings, List<Reading> large) {
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.2f | %.2f |%n",
                what,
                median(readings, r -> r.bytes() / 1e6 / r.seconds()),
                median(readings, r -> r.cpuSeconds() / (r.bytes() / 1e9)),
                ratio(readings, large, r -> r.bytes() / r.seconds()));
    }

    private void memory() throws Exception {
        Objects objects = new Objects(4L << 30, 1);
        try (Store store = Store.start(Store.data(objects.size()), 0)) {
            Reading reading = read(PrefixReading.WINDOW, store.port(), objects, 8 * MIB, 0, "128m");
            System.out.printf(
                    Locale.ROOT,
                    "%n4 GiB through a window of 64 MiB with -Xmx128m: %.0f MiB/s, %.2f CPU s/GB%n",
                    reading.bytes() / (double) MIB / reading.seconds(),
                    reading.cpuSeconds() / (reading.bytes() / 1e9));
        }
    }

    private static double ratio(List<Reading> ours, List<Reading> theirs, ToDoubleFunction<Reading> of) {
        double[] ratios = new double[ours.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = of.applyAsDouble(ours.get(i)) / of.applyAsDouble(theirs.get(i));
        }
        return median(ratios);
    }

    private static double median(List<Reading> readings, ToDoubleFunction<Reading> of) {
        return median(readings.stream().mapToDouble(of).toArray());
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private record Reading(long bytes, double seconds, double cpuSeconds) {}

    private Reading read(PrefixReading side, int port, Objects objects, int partBytes, int before, String heap)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + heap);
        if (!initialHeap.isEmpty()) {
            command.add("-Xms" + initialHeap);
        }
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ReadMain.class.getName(),
                side.name(),
                Integer.toString(port),
                Long.toString(objects.size()),
                Integer.toString(objects.count()),
                Integer.toString(partBytes),
                Integer.toString(before)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            if (process.waitFor() != 0 || line == null) {
                throw new IOException(side + " failed: exit status " + process.exitValue());
            }
            String[] words = line.split(" ", -1);
            return new Reading(
                    Long.parseLong(words[0]), Long.parseLong(words[1]) / 1e9, Long.parseLong(words[2]) / 1e9);
        }
    }
}
