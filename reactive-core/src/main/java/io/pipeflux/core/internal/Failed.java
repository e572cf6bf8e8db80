package io.pipeflux.core.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Describes why a file could not be used, in words instead of the names of Java's exceptions. The message of a {@link
 * NoSuchFileException}, for example, is only the file's name, so error messages need more than an exception's message.
 */
public final class Failed {

    private Failed() {}

    /** Returns the reason, such as {@code /ml/input does not exist}. */
    public static String reason(Throwable failure) {
        Throwable cause = failure.getCause();
        if (failure instanceof UncheckedIOException && cause != null) {
            String own = failure.getMessage();
            // if the exception was created without a message, its message is the text of its cause
            return (own == null || own.equals(cause.toString()) ? "" : own + ": ") + reason(cause);
        }
        if (failure instanceof FileSystemException e && e.getFile() != null) {
            return reason(e, e.getFile());
        }
        String message = failure.getMessage();
        // for any other class, the class name is included, because the message alone may be hard to understand
        return failure instanceof IOException && message != null ? message : failure.toString();
    }

    private static String reason(FileSystemException e, String file) {
        if (e.getReason() != null) { // the system's words, or those of this library
            return String.valueOf(e.getMessage());
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied: " + Denied.explain(file);
        }
        if (e instanceof NoSuchFileException) {
            return file + " does not exist";
        }
        if (e instanceof FileAlreadyExistsException) {
            return file + " already exists";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return file + " is a directory with files in it";
        }
        if (e instanceof NotDirectoryException) {
            return file + " is not a directory";
        }
        String message = String.valueOf(e.getMessage());
        return message.equals(file) ? file + " could not be used" : message;
    }
}
