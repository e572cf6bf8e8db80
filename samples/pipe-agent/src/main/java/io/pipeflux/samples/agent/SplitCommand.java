package io.pipeflux.samples.agent;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.channel.ChannelSplit;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.job.ResourceConfig;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The subcommand {@code pipe-agent split}, which shows how the objects of a channel are divided among the hosts. */
@Command(
        name = "pipe-agent split",
        description =
                "Lists a channel, and prints what each host reads of it in the first epoch: objects and bytes, and"
                        + " the imbalance. It reads no object.",
        footer = {
            "",
            "Hosts are counted from 0, as RANK, OMPI_COMM_WORLD_RANK, PMI_RANK, JOB_COMPLETION_INDEX and --shard i/n"
                    + " do. The hosts of resourceconfig.json are counted in the order of their names.",
            "Exit codes: 0 done; 1 the channel could not be listed; 2 wrong options."
        },
        sortOptions = false)
final class SplitCommand implements Callable<Integer> {

    static final String NAME = "split";

    private static final int MAX_HOSTS = 1_000_000;
    private static final JsonFactory JSON = new JsonFactory();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "URI", description = "the objects: s3://BUCKET/PREFIX, a URL of S3 or file:PATH")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String uri;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private HostsOption hosts;

    @Option(
            names = "--by",
            defaultValue = "count",
            description = "how objects are shared: ${COMPLETION-CANDIDATES}, as with the agent's --shard-by;"
                    + " ${DEFAULT-VALUE} by default")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private ShareBy by;

    @Option(names = "--shuffle-seed", paramLabel = "N", description = "shuffle the objects with this seed")
    private @Nullable Long shuffleSeed;

    @Option(
            names = "--data-type",
            paramLabel = "TYPE",
            defaultValue = "S3Prefix",
            description = "S3Prefix, or ManifestFile: URI is a manifest in S3. ${DEFAULT-VALUE} by default")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Kind kind;

    @Option(names = "--json", description = "print one line of JSON")
    private boolean json;

    @Mixin
    private final StoreOptions store = new StoreOptions();

    @Option(names = "--help", usageHelp = true, description = "print this help")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    /** The number of hosts, or the directory that contains the file with the hosts' names. */
    static final class HostsOption {

        @Option(
                names = "--hosts",
                paramLabel = "N",
                required = true,
                description = "the number of hosts, such as WORLD_SIZE")
        private @Nullable Integer count;

        @Option(
                names = "--directory",
                paramLabel = "DIR",
                required = true,
                description =
                        "the directory with input/config/resourceconfig.json, such as /opt/ml, which names the hosts")
        private @Nullable Path directory;
    }

    private SplitCommand() {}

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return Subcommand.run(NAME, new SplitCommand(), out, err, args);
    }

    @Override
    public Integer call() {
        if (kind == Kind.AugmentedManifestFile) {
            throw new InputException("expected --data-type S3Prefix or ManifestFile, but got " + kind);
        }
        if (kind == Kind.ManifestFile && by == ShareBy.bytes) {
            throw new InputException("expected --by count with a ManifestFile, which states no sizes, but got bytes");
        }
        List<String> names = hosts.directory == null ? List.of() : names(hosts.directory);
        int count = hosts.count == null ? names.size() : hosts.count;
        if (count < 1 || count > MAX_HOSTS) {
            throw new InputException("expected --hosts from 1 to " + MAX_HOSTS + ", but got " + count);
        }
        ChannelSpec channel = new ChannelSpec(
                NAME, kind, uri, List.of(), List.of(), false, false, Compression.NONE, shuffleSeed, null);
        ChannelSplit split = new ChannelSource(channel, null, store.client(), S3ReadOptions.defaults())
                .split(count, by == ShareBy.bytes)
                .blockOptional()
                .orElseThrow();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(json(split, names));
        } else {
            print(split, names, out);
        }
        out.flush();
        return Subcommand.DONE;
    }

    private static List<String> names(Path directory) {
        Path config = directory.resolve("input/config");
        List<String> names;
        try {
            names = ResourceConfig.read(config).hosts();
        } catch (PipefluxException e) {
            throw new InputException(String.valueOf(e.getMessage()));
        }
        if (names.isEmpty()) {
            throw new InputException(
                    "expected hosts in resourceconfig.json of " + config + ", but got none: give --hosts N");
        }
        return names;
    }

    private void print(ChannelSplit split, List<String> names, PrintWriter out) {
        boolean sized = split.bytes(0) >= 0;
        long objects = 0;
        long bytes = 0;
        for (int host = 0; host < split.hosts(); host++) {
            objects += split.objects(host);
            bytes += split.bytes(host);
            String name = names.isEmpty() ? "" : " " + Printable.line(names.get(host));
            out.println(line("host " + host + name, split.objects(host), sized, split.bytes(host)));
        }
        out.println(line("all, by " + by, objects, sized, bytes));
        out.println(String.format(
                Locale.ROOT,
                "imbalance %.2f %%: what the largest share has above the average, in %s",
                100 * split.imbalance(),
                sized ? "bytes" : "objects, because a manifest states no sizes"));
    }

    private static String line(String host, long objects, boolean sized, long bytes) {
        return String.format(Locale.ROOT, "%-20s %,12d objects", host, objects)
                + (sized ? String.format(Locale.ROOT, " %,20d bytes", bytes) : "");
    }

    private String json(ChannelSplit split, List<String> names) {
        boolean sized = split.bytes(0) >= 0;
        StringWriter text = new StringWriter();
        try (JsonGenerator to = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            to.writeStartObject();
            to.writeStringProperty("by", by.name());
            to.writeNumberProperty("imbalance", split.imbalance());
            to.writeArrayPropertyStart("hosts");
            for (int host = 0; host < split.hosts(); host++) {
                to.writeStartObject();
                to.writeNumberProperty("host", host);
                if (!names.isEmpty()) {
                    to.writeStringProperty("name", names.get(host));
                }
                to.writeNumberProperty("objects", split.objects(host));
                if (sized) {
                    to.writeNumberProperty("bytes", split.bytes(host));
                }
                to.writeEndObject();
            }
            to.writeEndArray();
            to.writeEndObject();
        }
        return text.toString();
    }
}
