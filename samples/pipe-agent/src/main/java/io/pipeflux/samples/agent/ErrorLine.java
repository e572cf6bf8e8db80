package io.pipeflux.samples.agent;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.internal.Failed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import reactor.core.Exceptions;
import software.amazon.awssdk.core.exception.SdkException;

/** Formats the line in which the program reports an error: in words, with options of the program as advice. */
final class ErrorLine {

    private ErrorLine() {}

    static String message(Throwable failure) {
        Throwable e = unwrapped(failure);
        String message = e.getMessage();
        if (message == null) {
            return unexpected(e);
        }
        if (e instanceof PipefluxException || e instanceof InputException || e instanceof IllegalArgumentException) {
            return oneLine(message);
        }
        if (e instanceof SdkException) {
            return oneLine("the AWS SDK reports: " + message);
        }
        return e instanceof IOException || e instanceof UncheckedIOException
                ? oneLine(Failed.reason(e))
                : unexpected(e);
    }

    /** Describes an unexpected exception. Includes its class, because this may be the only hint. */
    private static String unexpected(Throwable e) {
        return oneLine("a fault of this program: " + e + "; --debug of the agent prints where it happened");
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable e = Exceptions.unwrap(failure);
        boolean onlyWraps = e instanceof CompletionException || e instanceof ExecutionException;
        return onlyWraps && e.getCause() != null ? unwrapped(e.getCause()) : e;
    }

    static String oneLine(String message) {
        return Printable.line(OptionAdvice.of(message.replaceAll("\\s*\\R\\s*", " ")));
    }
}
