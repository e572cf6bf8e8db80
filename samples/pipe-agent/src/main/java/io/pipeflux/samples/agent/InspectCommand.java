package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.Formats;
import io.pipeflux.records.inspect.InferredSchema;
import io.pipeflux.records.inspect.Schemas;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Flux;

/** The subcommand {@code pipe-agent inspect}, which describes data and proposes a schema for reading them. */
@Command(
        name = "pipe-agent inspect",
        description =
                "Reads the first records of a channel. Prints format, compression, fields, and a schema in Java, in"
                        + " Kotlin and as the file for --schema.",
        footer = {"", "Exit codes: 0 done; 1 the data could not be read; 2 wrong options, or no records."},
        sortOptions = false)
final class InspectCommand implements Callable<Integer> {

    static final String NAME = "inspect";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "URI", description = "the objects: s3://BUCKET/PREFIX, a URL of S3 or file:PATH")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String uri;

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "1000",
            description = "the number of records to read; ${DEFAULT-VALUE} by default")
    private int records;

    @Option(
            names = "--only",
            description = "print only one of these: ${COMPLETION-CANDIDATES}; for example --only json > schema.json")
    private @Nullable Part only;

    @Mixin
    private final StoreOptions store = new StoreOptions();

    @Option(names = "--help", usageHelp = true, description = "print this help")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    enum Part {
        report,
        java,
        kotlin,
        json
    }

    private InspectCommand() {}

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return Subcommand.run(NAME, new InspectCommand(), out, err, args);
    }

    @Override
    public Integer call() {
        if (records < 1) {
            throw new InputException("expected --records >= 1, but got " + records);
        }
        ChannelSpec channel = new ChannelSpec(
                NAME, Kind.S3Prefix, uri, List.of(), List.of(), false, false, Compression.NONE, null, null);
        ChannelSource source = new ChannelSource(channel, null, store.client(), S3ReadOptions.defaults());
        Flux<ObjectBytes> objects = source.objects().transform(Formats.dataObjects(source.prefix()));
        InferredSchema found = Schemas.infer(objects, records).block();
        if (found == null) {
            throw new InputException("expected records in " + Printable.line(uri) + ", but got none");
        }
        PrintWriter out = spec.commandLine().getOut();
        if (only == null || only == Part.report) {
            found.toString().lines().map(Printable::line).forEach(out::println);
        }
        print(out, Part.java, "// Java", found);
        print(out, Part.kotlin, "// Kotlin", found);
        print(out, Part.json, "For pipe-agent --emit arrow --schema FILE:", found);
        out.flush();
        return Subcommand.DONE;
    }

    private void print(PrintWriter out, Part part, String title, InferredSchema found) {
        if (only != null && only != part) {
            return;
        }
        if (only == null) {
            out.println();
            out.println(title);
        }
        String text = switch (part) {
            case java -> found.toJava();
            case kotlin -> found.toKotlin();
            default -> found.toJson();
        };
        text.lines().forEach(out::println);
    }
}
