package io.pipeflux.samples.training.local;

import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.TemporaryDirectory;
import io.pipeflux.samples.training.TrainingService;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The program {@code local-mode}. It generates records, and then starts the pipe agent and the training service. These
 * two share a temporary directory with the layout of {@code /opt/ml}. The exit code of the training service is also the
 * exit code of this program.
 *
 * <pre>{@code
 *   files of records -> agent -> pipes DIR/input/data/train_0, eval_0, ...
 *   pipes -> trainer -> DIR/model, DIR/checkpoints
 * }</pre>
 */
@Command(
        name = "local-mode",
        description = "Pipe mode as two processes: the pipe agent and the training container.",
        sortOptions = false)
public final class LocalMode implements Callable<Integer> {

    static final String AGENT = "io.pipeflux.samples.agent.AgentCommand";

    @Option(names = "--features", defaultValue = "1024", description = "float64 values of a record")
    private int features;

    @Option(
            names = "--hyperparameter",
            paramLabel = "NAME=VALUE",
            description = "goes to the trainer by way of the agent; may be repeated")
    private List<String> hyperparameters = List.of();

    @Mixin
    private final DemoData.Options data = new DemoData.Options();

    @Parameters(description = "options of the trainer's, behind --")
    private List<String> trainerArgs = List.of();

    private final PrintWriter out;

    private LocalMode(PrintWriter out) {
        this.out = out;
    }

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        System.exit(run(new PrintWriter(System.out, true, Charset.defaultCharset()), args));
    }

    static int run(PrintWriter out, String... args) {
        return new CommandLine(new LocalMode(out)).setOut(out).execute(args);
    }

    @Override
    public Integer call() throws Exception {
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-local-")) {
            Path records = temporary.path().resolve("records");
            DemoData.train(data, features).writeTo(records.resolve("train"));
            DemoData.eval(data, features).writeTo(records.resolve("eval"));
            Path root = Files.createDirectories(temporary.path().resolve("ml"));
            List<String> arguments = new ArrayList<>(hyperparameters);
            arguments.add("features=" + features);
            try (JavaProcess agent = agent(root, records, arguments, out);
                    JavaProcess trainer = trainer(root, trainerArgs, out)) {
                int code = trainer.await();
                out.printf(
                        Locale.ROOT,
                        "the trainer ended with exit code %d, the agent %s%n",
                        code,
                        agent.isAlive() ? "runs on and is stopped" : "had ended");
                return code;
            }
        }
    }

    /**
     * Starts an agent that fills the pipes of the channels {@code train} and {@code eval} from the subdirectories
     * {@code train} and {@code eval} of {@code records}.
     */
    static JavaProcess agent(Path root, Path records, List<String> hyperparameters, PrintWriter out)
            throws IOException {
        List<String> args = new ArrayList<>(List.of("--directory", root.toString()));
        for (String channel : List.of("train", "eval")) {
            args.add("--channel");
            args.add(channel + "=" + records.resolve(channel).toUri());
        }
        for (String hyperparameter : hyperparameters) {
            args.add("--hyperparameter");
            args.add(hyperparameter);
        }
        return JavaProcess.start("agent", out, AGENT, args);
    }

    /** Starts a trainer that reads the pipes in {@code root}, and writes its model there. */
    static JavaProcess trainer(Path root, List<String> more, PrintWriter out) throws IOException {
        List<String> args = new ArrayList<>(List.of("train", "--ml-root", root.toString()));
        args.addAll(more);
        return JavaProcess.start("trainer", out, TrainingService.class.getName(), args);
    }
}
