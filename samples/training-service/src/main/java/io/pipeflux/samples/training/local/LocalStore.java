package io.pipeflux.samples.training.local;

import io.pipeflux.samples.training.DemoData;
import io.pipeflux.samples.training.DemoStore;
import io.pipeflux.samples.training.TemporaryDirectory;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The program {@code local-store}: an S3 server with the demo's records, for pipelines in other processes. The program
 * prints the environment variables that make the AWS SDK and the AWS CLI use the server, and runs until it is stopped.
 */
@Command(name = "local-store", description = "An S3 server with the demo's records, until Ctrl-C.", sortOptions = false)
public final class LocalStore implements Callable<Integer> {

    @Option(names = "--features", defaultValue = "1024", description = "float64 values of a record")
    private int features;

    @Mixin
    private final DemoData.Options data = new DemoData.Options();

    private final PrintWriter out;

    private LocalStore(PrintWriter out) {
        this.out = out;
    }

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, Charset.defaultCharset());
        System.exit(new CommandLine(new LocalStore(out)).setOut(out).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-store-");
                DemoStore store = DemoStore.start(temporary.path())) {
            store.upload(DemoData.train(data, features), out);
            store.upload(DemoData.eval(data, features), out);
            store.environment().forEach((name, value) -> out.println("export " + name + "=" + value));
            out.printf(Locale.ROOT, "records are in %s and %s until Ctrl-C%n", store.uri("train/"), store.uri("eval/"));
            new CountDownLatch(1).await();
            return 0;
        }
    }
}
