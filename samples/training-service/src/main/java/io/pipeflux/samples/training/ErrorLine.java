package io.pipeflux.samples.training;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.samples.training.input.Printable;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.ParameterException;

/** Describes errors to users, one line for each. */
public final class ErrorLine {

    private ErrorLine() {}

    /** Returns the message of an error that explains itself, and otherwise the name of its class, too. */
    public static String of(Throwable e) {
        if (e instanceof CompletionException && e.getCause() != null) {
            return of(e.getCause());
        }
        boolean explainsItself = e instanceof PipefluxException
                || e instanceof IllegalArgumentException
                || e instanceof JobException
                || e instanceof ParameterException;
        String message = explainsItself ? String.valueOf(e.getMessage()) : e.toString();
        return Printable.line(message.replaceAll("\\s*\\R\\s*", " "));
    }
}
