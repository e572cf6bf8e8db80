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

/** Formats errors for users, each as a single line. */
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

    /**
     * Returns one line for an error. The line contains the exception's class name unless the message explains the error
     * by itself.
     */
    public static String of(Throwable e) {
        // reports the wrapped exception, because block(), for example, wraps checked exceptions
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
