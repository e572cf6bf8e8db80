package io.pipeflux.samples.training;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.samples.training.input.Printable;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParameterException;
import reactor.core.Exceptions;

/** Describes errors to users, one line for each. */
public final class ErrorLine {

    private ErrorLine() {}

    private static @Nullable String reason(FileSystemException e) {
        return e instanceof NoSuchFileException
                ? "no such file or directory"
                : e instanceof AccessDeniedException
                        ? "permission denied"
                        : e instanceof FileAlreadyExistsException
                                ? "it exists, and is not a directory"
                                : e instanceof NotDirectoryException ? "not a directory" : e.getReason();
    }

    /** Returns the message of an error that explains itself. For other errors, includes the name of the class. */
    public static String of(Throwable e) {
        // block() wraps exceptions in this way
        Throwable inner = e instanceof CompletionException ? e.getCause() : Exceptions.unwrap(e);
        if (inner != null && !inner.equals(e)) {
            return of(inner);
        }
        if (e instanceof FileSystemException file) {
            return Printable.line(file.getFile() + ": " + reason(file));
        }
        boolean explainsItself = e instanceof PipefluxException
                || e instanceof IllegalArgumentException
                || e instanceof JobException
                || e instanceof ParameterException;
        String message = explainsItself ? String.valueOf(e.getMessage()) : e.toString();
        return Printable.line(message.replaceAll("\\s*\\R\\s*", " "));
    }
}
