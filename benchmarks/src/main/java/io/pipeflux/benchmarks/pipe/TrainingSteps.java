package io.pipeflux.benchmarks.pipe;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import com.sun.management.OperatingSystemMXBean;
import io.pipeflux.benchmarks.s3.Store;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.example.Feature;
import io.pipeflux.records.example.Schema;
import io.pipeflux.tensorflow.TensorFlowColumns;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFOutOfRangeException;
import org.tensorflow.types.TFloat32;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains a classifier in TensorFlow, with TensorFlow's own input and with input from Pipeflux. Measures how long a step
 * waits for its input, and how much CPU time the input costs. All inputs run alternately in one process.
 *
 * <pre>
 *   ./mvnw -q -Ppeers -Dpeers.main=TrainingSteps
 *   ./mvnw -q -Ppeers -Dpeers.main=TrainingSteps -Dpeers.arguments="--set=ctr --without-model"
 * </pre>
 */
@Command(name = "TrainingSteps", description = "Trains a classifier from TensorFlow's own input, and from ours.")
final class TrainingSteps implements Callable<Integer> {

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int PREFETCH = 10;
    private static final double MILLIS = 1e6;

    @Option(names = "--directory", required = true, description = "for the data and the FIFO; in memory is best")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path directory;

    @Option(names = "--set", defaultValue = "seed", description = "${DEFAULT-VALUE}")
    private String set = "";

    @Option(names = "--without-model", description = "reads only")
    private boolean withoutModel;

    @Option(names = "--hidden", defaultValue = "0", description = "units of a hidden layer, ${DEFAULT-VALUE}: none")
    private int hidden;

    @Option(names = "--rounds", defaultValue = "7", description = "${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--warm-up", defaultValue = "3", description = "rounds before, ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(names = "--bytes", defaultValue = "540000000", description = "of the set's file, ${DEFAULT-VALUE}")
    private long bytes;

    @Option(names = "--calls", defaultValue = "2", description = "threads of TensorFlow that parse, ${DEFAULT-VALUE}")
    private int calls;

    /** The inputs that can provide the batches. */
    enum Input {
        /** Uses the same two tensors in each step, so nothing is read. */
        CONSTANT,
        /** TensorFlow's operations read a file. */
        TENSORFLOW,
        /** Pipeflux reads a file. */
        FILE,
        /** Pipeflux reads a FIFO of 1 MiB, which {@code cat} fills. */
        FIFO,
        /** Pipeflux reads from an S3 store, which runs in a separate process on this machine. */
        S3
    }

    private record Pass(long steps, long nanos, long waitNanos, long bridgeNanos, long cpuNanos, float loss) {}

    private static final class Clock {
        private long steps;
        private long wait;
        private long bridge;
        private float loss;
    }

    private final TensorFlowColumns columns = TensorFlowColumns.create();
    private final Map<Input, Session> sessions = new EnumMap<>(Input.class);
    private final Map<Input, List<Pass>> passes = new EnumMap<>(Input.class);
    private TrainingGraph reading = TrainingGraph.fed(0);
    private int store;

    /** Prints the table. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new TrainingSteps()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (!TensorFlowSettings.available()) {
            System.out.println("SKIPPED: TensorFlow's native library could not be fetched");
            return 0;
        }
        Path file = PipelineSets.write(Files.createDirectories(directory), set, bytes);
        Path pipe = directory.resolve("pipe_training_" + System.nanoTime());
        reading = TrainingGraph.reading(file.toString(), set, PREFETCH, calls, withoutModel ? -1 : hidden);
        List<Input> inputs = Stream.of(Input.values())
                .filter(input -> !withoutModel || input != Input.CONSTANT)
                .toList();
        for (Input input : inputs) {
            Session session = new Session(
                    input == Input.TENSORFLOW
                            ? reading.graph()
                            : TrainingGraph.fed(hidden).graph());
            session.initialize();
            sessions.put(input, session);
            passes.put(input, new ArrayList<>());
        }
        try (Store s3 = Store.start(file, 0);
                BigFifo fifo = BigFifo.at(pipe)) {
            store = s3.port();
            for (int round = -warmUp; round < rounds; round++) {
                for (int i = 0; i < inputs.size(); i++) {
                    Input input = inputs.get(round % 2 == 0 ? i : inputs.size() - 1 - i);
                    Pass pass = pass(input, file, fifo);
                    if (round == -warmUp && !withoutModel) {
                        System.out.printf(Locale.ROOT, "%s: %d steps, last loss %.6f%n", input, pass.steps, pass.loss);
                    }
                    if (round >= 0) {
                        passes.get(input).add(pass);
                    }
                }
            }
        }
        Files.deleteIfExists(pipe);
        Files.delete(file);
        print(inputs);
        System.out.println(columns);
        return 0;
    }

    private Pass pass(Input input, Path file, BigFifo fifo) throws IOException, InterruptedException {
        Session session = Objects.requireNonNull(sessions.get(input));
        Clock clock = new Clock();
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        switch (input) {
            case CONSTANT -> constant(session, clock, file);
            case TENSORFLOW -> tensorFlow(session, clock);
            case FILE -> ours(session, clock, file);
            case FIFO -> {
                Process cat = new ProcessBuilder("cat", file.toString())
                        .redirectOutput(new File(fifo.path().toString()))
                        .start();
                ours(session, clock, fifo.path());
                cat.waitFor();
            }
            case S3 -> ours(session, clock, From.store(store, Files.size(file)));
        }
        return new Pass(
                clock.steps,
                System.nanoTime() - start,
                clock.wait,
                clock.bridge,
                SYSTEM.getProcessCpuTime() - cpu,
                clock.loss);
    }

    private Iterable<ColumnBatch> batches(Path from) {
        Schema schema =
                Schema.of(ExampleSets.features(set).toArray(Feature[]::new)).withAllocator(columns);
        return OurPipeline.records(from, set)
                .transform(repeat(1))
                .transform(prefetch(PREFETCH))
                .transform(mapAndBatch(PipelineSets.BATCH, 2, schema.batches()))
                .toIterable(1);
    }

    private void ours(Session session, Clock clock, Path from) {
        Iterator<ColumnBatch> batches = batches(from).iterator();
        while (true) {
            long start = System.nanoTime();
            if (!batches.hasNext()) {
                return;
            }
            ColumnBatch batch = batches.next();
            long there = System.nanoTime();
            Map<String, Tensor> tensors = columns.tensors(batch);
            long bridged = System.nanoTime();
            if (!withoutModel) {
                clock.loss = step(session, tensors);
            }
            long made = System.nanoTime();
            batch.release();
            clock.wait += there - start;
            clock.bridge += bridged - there + System.nanoTime() - made;
            clock.steps++;
        }
    }

    private void constant(Session session, Clock clock, Path file) throws IOException {
        ColumnBatch batch = Schema.of(ExampleSets.features(set).toArray(Feature[]::new))
                .withAllocator(columns)
                .parse(ExampleSets.records(set, PipelineSets.BATCH));
        Map<String, Tensor> tensors = columns.tensors(batch);
        long rows = Files.size(file) / ExampleSets.records(set, 1).get(0).size();
        for (clock.steps = 0; clock.steps < rows / PipelineSets.BATCH; clock.steps++) {
            clock.loss = step(session, tensors);
        }
        batch.release();
    }

    private static float step(Session session, Map<String, Tensor> tensors) {
        Session.Runner runner = session.runner().addTarget(TrainingGraph.TRAIN).fetch(TrainingGraph.LOSS);
        tensors.forEach(runner::feed);
        try (Result result = runner.run()) {
            return ((TFloat32) result.get(0)).getFloat();
        }
    }

    private void tensorFlow(Session session, Clock clock) {
        session.runner()
                .addTarget(Objects.requireNonNull(reading.start()).op())
                .run()
                .close();
        while (true) {
            Session.Runner runner = session.runner();
            if (withoutModel) {
                for (Output<?> column : reading.columns().values()) {
                    runner.fetch(column);
                }
            } else {
                runner.addTarget(TrainingGraph.TRAIN).fetch(TrainingGraph.LOSS);
            }
            try (Result result = runner.run()) {
                clock.loss = withoutModel ? 0 : ((TFloat32) result.get(0)).getFloat();
                clock.steps++;
            } catch (TFOutOfRangeException end) {
                return;
            }
        }
    }

    private void print(List<Input> inputs) {
        System.out.println(
                "| input | ms a step (from - to) | steps/s | wait, % | bridge, ms | CPU ms a step | input CPU ms"
                        + " | **steps/s of TensorFlow's** (from - to) | **input CPU of TensorFlow's** |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Input input : inputs) {
            List<Pass> all = Objects.requireNonNull(passes.get(input));
            double[] speed = ratios(input, TrainingSteps::stepsPerSecond, pass -> 0);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.3f (%.3f - %.3f) | %.0f | %.1f | %.4f | %.3f | %s | **%.2f** (%.2f - %.2f) | %s |%n",
                    input.name().toLowerCase(Locale.ROOT),
                    median(all, pass -> pass.nanos / MILLIS / pass.steps),
                    all.stream()
                            .mapToDouble(pass -> pass.nanos / MILLIS / pass.steps)
                            .min()
                            .orElse(0),
                    all.stream()
                            .mapToDouble(pass -> pass.nanos / MILLIS / pass.steps)
                            .max()
                            .orElse(0),
                    median(all, TrainingSteps::stepsPerSecond),
                    median(all, pass -> 100.0 * pass.waitNanos / pass.nanos),
                    median(all, pass -> pass.bridgeNanos / MILLIS / pass.steps),
                    median(all, TrainingSteps::cpu),
                    withoutModel
                            ? ""
                            : String.format(Locale.ROOT, "%.3f", median(all, TrainingSteps::cpu) - constant()),
                    speed[speed.length / 2],
                    speed[0],
                    speed[speed.length - 1],
                    inputCpu(input));
        }
    }

    private double constant() {
        return median(Objects.requireNonNull(passes.get(Input.CONSTANT)), TrainingSteps::cpu);
    }

    private String inputCpu(Input input) {
        if (input == Input.CONSTANT) {
            return "";
        }
        double[] ratios = ratios(input, TrainingSteps::cpu, withoutModel ? pass -> 0 : pass -> constant());
        return String.format(
                Locale.ROOT, "**%.2f** (%.2f - %.2f)", ratios[ratios.length / 2], ratios[0], ratios[ratios.length - 1]);
    }

    /**
     * Returns, for each round, the ratio of an input's figure to that of TensorFlow's input. The ratios are in
     * ascending order. An input's figure in a round is {@code of} minus {@code less}, both applied to the input's pass
     * in that round.
     */
    private double[] ratios(Input input, ToDoubleFunction<Pass> of, ToDoubleFunction<Pass> less) {
        List<Pass> ours = Objects.requireNonNull(passes.get(input));
        List<Pass> theirs = Objects.requireNonNull(passes.get(Input.TENSORFLOW));
        return IntStream.range(0, ours.size())
                .mapToDouble(i -> (of.applyAsDouble(ours.get(i)) - less.applyAsDouble(ours.get(i)))
                        / (of.applyAsDouble(theirs.get(i)) - less.applyAsDouble(theirs.get(i))))
                .sorted()
                .toArray();
    }

    private static double stepsPerSecond(Pass pass) {
        return pass.steps * 1e9 / pass.nanos;
    }

    private static double cpu(Pass pass) {
        return pass.cpuNanos / MILLIS / pass.steps;
    }

    private static double median(List<Pass> passes, ToDoubleFunction<Pass> of) {
        double[] sorted = passes.stream().mapToDouble(of).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
