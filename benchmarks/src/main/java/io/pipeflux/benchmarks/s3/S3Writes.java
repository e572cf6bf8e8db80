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

/** Compares ways to write to S3. Each way is measured once per round, in a new JVM. Prints a table. */
@Command(name = "s3-writes", mixinStandardHelpOptions = true)
final class S3Writes implements Callable<Integer> {

    private static final int MIB = 1 << 20;

    /** The scenarios that are compared. */
    enum Scenario {
        /** Writes one large object over loopback, after warm-up writes in the same JVM. */
        BIG,
        /** Writes one object in new JVMs, to a store that receives 40 MB/s per connection and responds after 20 ms. */
        WAN
    }

    @Parameters(description = "${COMPLETION-CANDIDATES}", arity = "1..*")
    private List<Scenario> scenarios = new ArrayList<>();

    @Option(names = "--rounds", defaultValue = "5", description = "of each side, ${DEFAULT-VALUE} by default")
    private int rounds;

    @Option(
            names = "--before",
            defaultValue = "6",
            description = "writings before a measured one in big, ${DEFAULT-VALUE} by default")
    private int before;

    @Option(
            names = "--sides",
            split = ",",
            description = "only these, whose ratios are those to the first; ${COMPLETION-CANDIDATES}")
    private List<ObjectWriting> sides = List.of(ObjectWriting.values());

    @Option(names = "--size", defaultValue = "1024", description = "of the object in big, in MiB")
    private long size;

    @Option(names = "--java", split = " ", description = "further options of the writing JVMs")
    private List<String> options = List.of();

    public static void main(String[] args) {
        System.exit(new CommandLine(new S3Writes())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws Exception {
        for (Scenario scenario : scenarios) {
            switch (scenario) {
                case BIG -> big();
                case WAN -> wan();
            }
        }
        return 0;
    }

    private void big() throws Exception {
        try (Store store = Store.start(Store.data(MIB), 0)) {
            compare(size + " MiB on loopback, after " + before + " writings", store.port(), size * MIB, before);
        }
    }

    private void wan() throws Exception {
        try (Store store = Store.start(Store.data(MIB), 20);
                SlowLink link = SlowLink.ofEachUpload(store.port(), 40e6)) {
            compare("256 MiB at 40 MB/s a connection, JVMs just started", link.port(), 256 * MIB, 0);
        }
    }

    private void compare(String title, int port, long bytes, int unmeasured) throws Exception {
        Map<ObjectWriting, List<Writing>> writings = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (ObjectWriting side : sides) {
                writings.computeIfAbsent(side, s -> new ArrayList<>()).add(write(side, port, bytes, unmeasured));
            }
        }
        System.out.printf(Locale.ROOT, "%n%s; %d rounds, medians%n%n", title, rounds);
        System.out.println("| side | MiB/s | CPU s/GB | speed of the first side, this one = 1 (from - to)"
                + " | CPU of the first side, this one = 1 |");
        System.out.println("| --- | --- | --- | --- | --- |");
        List<Writing> first = java.util.Objects.requireNonNull(writings.get(sides.get(0)));
        writings.forEach((side, others) -> {
            double[] speeds = ratios(others, first, Writing::seconds);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f | %.2f | %.2f (%.2f - %.2f) | %.2f |%n",
                    side,
                    median(others.stream()
                            .mapToDouble(w -> w.bytes() / (double) MIB / w.seconds())
                            .toArray()),
                    median(others.stream()
                            .mapToDouble(w -> w.cpuSeconds() / (w.bytes() / 1e9))
                            .toArray()),
                    median(speeds),
                    speeds[0],
                    speeds[speeds.length - 1],
                    median(ratios(first, others, Writing::cpuSeconds)));
        });
    }

    /** Returns, for each round, the ratio of the value in {@code of} to the value in {@code to}. */
    private static double[] ratios(List<Writing> of, List<Writing> to, ToDoubleFunction<Writing> value) {
        double[] ratios = new double[of.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = value.applyAsDouble(of.get(i)) / value.applyAsDouble(to.get(i));
        }
        return ratios;
    }

    /** Sorts the values, and returns the median. */
    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private record Writing(long bytes, double seconds, double cpuSeconds) {}

    private Writing write(ObjectWriting side, int port, long bytes, int unmeasured)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx1g");
        command.addAll(options);
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                WriteMain.class.getName(),
                side.name(),
                Integer.toString(port),
                Long.toString(bytes),
                Integer.toString(unmeasured)));
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
            return new Writing(
                    Long.parseLong(words[0]), Long.parseLong(words[1]) / 1e9, Long.parseLong(words[2]) / 1e9);
        }
    }
}
