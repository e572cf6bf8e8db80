package io.pipeflux.samples.tensorflow;

import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import io.pipeflux.samples.training.TemporaryDirectory;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Trains the linear classifier of the pipe-mode tutorials with TensorFlow-Java. {@code ./mvnw -q -Ptensorflow} runs
 * this program.
 *
 * <pre>{@code
 *   S3 server in this process -> agent -> pipes -> batches of tensors -> 1,000 training steps, 100 evaluation steps
 *   SavedModel -> S3 -> downloaded SavedModel, whose predictions must be equal
 * }</pre>
 *
 * <p>In a SageMaker container, or with {@code --ml-root DIR}, the program reads the job's channels {@code train} and
 * {@code eval} through pipes, and writes the SavedModel to {@code DIR/model/1}.
 */
public final class TensorFlowTrainer {

    private static final Path CONTAINER = Path.of("/opt/ml");
    private static final int TRAIN_OBJECTS = 8;
    private static final int EVAL_OBJECTS = 4;

    private TensorFlowTrainer() {}

    /**
     * Runs the program and ends the process. The exit code is 0 on success, 1 if the program failed, and 2 for wrong
     * arguments.
     */
    @SuppressWarnings("CatchAndPrintStackTrace")
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, Charset.defaultCharset());
        int code = 1;
        try {
            code = run(out, Plan.TUTORIAL, args);
        } catch (Throwable t) { // even after an Error, exit() must be called, or other threads could keep the JVM alive
            t.printStackTrace();
        }
        System.exit(code);
    }

    /**
     * @param args {@code --ml-root DIR} or nothing. In addition, {@code train} is accepted and ignored, because
     *     SageMaker starts containers with this argument
     */
    static int run(PrintWriter out, Plan plan, String... args) throws Exception {
        List<String> given =
                Arrays.stream(args).filter(arg -> !arg.equals("train")).toList();
        if (!given.isEmpty() && (given.size() != 2 || !given.get(0).equals("--ml-root"))) {
            out.println("expected no arguments or --ml-root DIR, but got " + given);
            return 2;
        }
        if (!isTensorFlowHere()) {
            out.println("SKIPPED: TensorFlow's native code could not be fetched, or not for this system");
            return 0;
        }
        Path root = given.isEmpty() ? container() : Path.of(given.get(1));
        return root == null ? demo(out, plan) : job(out, plan, root);
    }

    /** Returns whether TensorFlow's native code is on the class path and can be loaded. */
    static boolean isTensorFlowHere() {
        try {
            return !TensorFlow.version().isEmpty();
        } catch (LinkageError e) {
            return false;
        }
    }

    private static @Nullable Path container() {
        return Files.exists(CONTAINER.resolve("input/config/inputdataconfig.json")) ? CONTAINER : null;
    }

    /** Runs a training job, and saves the model in the directory from which SageMaker collects models. */
    private static int job(PrintWriter out, Plan plan, Path root) throws Exception {
        try (Trainer trainer = new Trainer(plan, root, Mono.never(), out)) {
            trainer.train();
            trainer.evaluate();
            Path model = root.resolve("model/1");
            trainer.save(model);
            out.println("saved the model in " + model);
            return 0;
        }
    }

    private static int demo(PrintWriter out, Plan plan) throws Exception {
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-tensorflow-");
                DemoStore store = DemoStore.start(temporary.path().resolve("s3"))) {
            int records = plan.steps() * plan.batch() / plan.epochs();
            store.upload(new DemoData("train", records, TRAIN_OBJECTS, plan.features(), 1), out);
            int evaluated = plan.evaluationSteps() * plan.batch();
            store.upload(new DemoData("eval", evaluated, EVAL_OBJECTS, plan.features(), 2), out);
            return demo(out, plan, store, temporary.path());
        }
    }

    private static int demo(PrintWriter out, Plan plan, DemoStore store, Path directory) throws Exception {
        Path root = directory.resolve("ml");
        Sinks.Empty<Void> failure = Sinks.empty();
        Disposable agent = PipeAgent.at(root)
                .channel(
                        "train",
                        S3Channels.prefix(store.client(), store.uri("train/")).objects())
                .channel(
                        "eval",
                        S3Channels.prefix(store.client(), store.uri("eval/")).objects())
                .run()
                .subscribe(done -> {}, failure::tryEmitError);
        try (Trainer trainer = new Trainer(plan, root, failure.asMono(), out)) {
            trainer.train();
            trainer.evaluate();
            trainer.save(directory.resolve("saved"));
            String uri = store.uri("output/model/1/");
            ModelInS3.upload(directory.resolve("saved"), store.client(), uri);
            ModelInS3.download(store.client(), uri, directory.resolve("served"));
            boolean equal = trainer.predictsAs(directory.resolve("served"));
            out.printf("model at %s, read back: predictions %s%n", uri, equal ? "are equal" : "DIFFER");
            return equal ? 0 : 1;
        } finally {
            agent.dispose();
        }
    }
}
