package io.pipeflux.samples.agent;

import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.samples.agent.Hosts.Share;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Hooks;

/** The program {@code pipe-agent}, which fills pipes and runs the subcommands. */
@Command(
        name = "pipe-agent",
        versionProvider = ProgramVersion.class,
        description = "Fills the pipes of a SageMaker-style directory from S3 or local files, epoch after epoch.",
        footer = {
            "",
            "pipe-agent inspect URI reads some records, and proposes a schema for --schema: see inspect --help.",
            "pipe-agent doctor URI tests what reading from S3 needs, and prints what is missing: see doctor --help.",
            "pipe-agent verify URI reads all objects, and verifies every checksum: see verify --help.",
            "pipe-agent pack FROM TO writes records as objects of about the same size, with a manifest: see pack"
                    + " --help.",
            "pipe-agent split URI shows how the objects are shared among hosts: see split --help.",
            "",
            "Exit codes: 0 all epochs written; 1 the data failed; 2 wrong options, files or channels, or another agent"
                    + " uses the directory; 143 (130) ended by SIGTERM (SIGINT)."
        },
        sortOptions = false)
public final class AgentCommand implements Callable<Integer> {

    private static final int DONE = 0;
    private static final int DATA_FAILED = 1;
    private static final int WRONG_INPUT = 2;
    private static final int SECONDS_TO_STOP = 10;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final AgentOptions options = new AgentOptions();

    @Option(names = "--help", usageHelp = true, description = "print this help")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    @Option(
            names = "--version",
            versionHelp = true,
            description = "print the versions of this program, AWS SDK and Java")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean version;

    @Option(names = "--debug", description = "print stack traces of errors")
    private boolean debug;

    private final AgentRun run = new AgentRun();
    private final List<String> notes = new ArrayList<>();

    private AgentCommand() {}

    /**
     * Runs the program and ends the process with its exit code: 0 if all epochs were written, 1 if reading or writing
     * the data failed or an Error was thrown, and 2 if the input is wrong.
     */
    @SuppressWarnings("CatchAndPrintStackTrace")
    public static void main(String[] args) {
        Charset terminal = Charset.defaultCharset();
        PrintWriter err = new PrintWriter(System.err, true, terminal);
        int code = DATA_FAILED;
        try {
            code = run(new PrintWriter(System.out, true, terminal), err, args);
        } catch (Throwable e) { // even after an Error, exit() must be called, or other threads could keep the JVM alive
            e.printStackTrace(err);
        }
        System.exit(code);
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        if (args.length > 0 && args[0].equals(InspectCommand.NAME)) {
            return InspectCommand.run(out, err, Arrays.copyOfRange(args, 1, args.length));
        }
        if (args.length > 0 && args[0].equals(DoctorCommand.NAME)) {
            return DoctorCommand.run(out, err, Arrays.copyOfRange(args, 1, args.length));
        }
        if (args.length > 0 && args[0].equals(VerifyCommand.NAME)) {
            return VerifyCommand.run(out, err, Arrays.copyOfRange(args, 1, args.length));
        }
        if (args.length > 0 && args[0].equals(PackCommand.NAME)) {
            return PackCommand.run(out, err, Arrays.copyOfRange(args, 1, args.length));
        }
        if (args.length > 0 && args[0].equals(SplitCommand.NAME)) {
            return SplitCommand.run(out, err, Arrays.copyOfRange(args, 1, args.length));
        }
        AgentCommand agent = new AgentCommand();
        return new CommandLine(agent)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, arguments) -> {
                    err.println("error: " + ErrorLine.oneLine(String.valueOf(e.getMessage()))
                            + " (--help lists the options)");
                    return WRONG_INPUT;
                })
                .setExecutionExceptionHandler((e, command, result) -> {
                    err.println("error: " + ErrorLine.message(e));
                    if (agent.debug) {
                        e.printStackTrace(err);
                    }
                    return agent.run.hadData() ? DATA_FAILED : WRONG_INPUT;
                })
                .execute(args);
    }

    @Override
    public Integer call() {
        if (!debug) {
            // otherwise, Reactor would log errors that are signalled after the run has already failed
            Hooks.onErrorDropped(later -> {});
        }
        PrintWriter out = spec.commandLine().getOut();
        options.check();
        InputDataConfigFile file =
                options.inputDataConfig == null ? null : InputDataConfigFile.read(options.inputDataConfig);
        PipeAgent agent = assemble(file);
        boolean terminal = Ansi.AUTO.enabled();
        try (StatusServer server = status();
                ProgressDisplay display =
                        ProgressDisplay.start(run.channels(), out, terminal, Duration.ofSeconds(options.logEvery))) {
            if (file != null) {
                file.note().ifPresent(display::say);
            }
            notes.forEach(display::say);
            if (server != null) {
                display.say("metrics and health at http://" + options.metricsHost() + ":"
                        + server.address().getPort() + "/metrics, /health");
            }
            return run(agent, display);
        }
    }

    private PipeAgent assemble(@Nullable InputDataConfigFile file) {
        Hosts hosts =
                Hosts.of(options.shard, options.hosts, options.currentHost, options.directory.resolve("input/config"));
        S3Client client = options.store.client();
        List<ChannelSpec> channels = options.specs(file);
        if (!channels.stream().allMatch(ChannelSpec::isFile)) {
            client.load();
        }
        ArrowEmission arrow = arrow();
        for (ChannelSpec channel : channels) {
            if (hosts.have(channel)) {
                Share share = hosts.shareOf(channel);
                ChannelSource source = new ChannelSource(
                        channel,
                        share == null ? null : share.by(options.shardBy),
                        client,
                        options.reads(),
                        options.cache());
                run.add(channel, source, arrow, options.epochs);
            } else {
                notes.add("channel " + channel.name() + " is not filled: it is for the instance groups "
                        + channel.instanceGroups() + ", and this host is in another group");
            }
        }
        if (options.access() != PipeAccess.owner()) {
            notes.addAll(ExistingDirectories.notes(options.directory, options.pipeMode, options.pipeGroup));
        }
        if (run.channels().isEmpty()) {
            throw new InputException(
                    "expected a channel that this host has, but got none: " + String.join("; ", notes));
        }
        PipeAgent agent = hosts.withHosts()
                .apply(PipeAgent.at(options.directory))
                .hyperparameters(options.hyperparameters(file))
                .access(options.access());
        return options.epochs == null ? agent : agent.epochs(options.epochs);
    }

    private @Nullable ArrowEmission arrow() {
        if (options.schema == null) {
            return null;
        }
        RecordSchema records = SchemaFile.read(options.schema);
        return new ArrowEmission(
                options.recordFormat,
                records,
                SchemaFile.text(options.schema),
                options.batchSize,
                options.remainder,
                options.shuffleRecords == null ? 0 : options.shuffleRecords,
                options.badRecords().withFile());
    }

    private @Nullable StatusServer status() {
        InetSocketAddress address = options.metricsAddress();
        return address == null ? null : StatusServer.start(address, run.channels());
    }

    private int run(PipeAgent agent, ProgressDisplay display) {
        CountDownLatch ended = new CountDownLatch(1);
        Thread onSignal = new Thread(() -> stop(ended));
        Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            run.run(agent, display::say).block();
            return DONE;
        } finally {
            ended.countDown();
            forget(onSignal);
        }
    }

    private static void forget(Thread onSignal) {
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // the process is being stopped, so this shutdown hook is already running and can no longer be removed
        }
    }

    /**
     * Stops the run. Waits, up to a time limit, until no reader is blocked on a pipe and all pipes have been removed.
     * Called on SIGTERM and SIGINT.
     */
    private void stop(CountDownLatch ended) {
        run.stop();
        try {
            if (!ended.await(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
                spec.commandLine().getErr().println("error: pipes could not be removed in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
