package io.pipeflux.samples.agent;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import reactor.core.publisher.Hooks;

/** Runs a subcommand. Prints an error as one line. The exit code is 1 for bad data, and 2 for bad options or files. */
final class Subcommand {

    static final int DONE = 0;
    static final int DATA_FAILED = 1;
    static final int WRONG_INPUT = 2;

    private Subcommand() {}

    static int run(String name, Callable<Integer> command, PrintWriter out, PrintWriter err, String... args) {
        // ignores dropped errors, such as the error of an aborted GET. By default, Reactor logs them with their stack
        // traces
        Hooks.onErrorDropped(later -> {});
        return new CommandLine(command)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, arguments) -> {
                    err.println("error: " + ErrorLine.oneLine(String.valueOf(e.getMessage())) + " (" + name
                            + " --help lists the options)");
                    return WRONG_INPUT;
                })
                .setExecutionExceptionHandler((e, line, result) -> {
                    err.println("error: " + ErrorLine.message(e));
                    return e instanceof InputException ? WRONG_INPUT : DATA_FAILED;
                })
                .execute(args);
    }
}
