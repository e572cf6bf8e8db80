package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Denied;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The kind of file at a path. */
enum PathKind {
    FIFO("a named pipe", 0010000),
    SOCKET("a socket", 0140000),
    DIRECTORY("a directory", 0040000),
    REGULAR("a regular file", 0100000),
    LINK("a symbolic link", 0120000),
    OTHER("a device", 0);

    private static final int TYPE_MASK = 0170000;

    private final String text;
    private final int type;

    PathKind(String text, int type) {
        this.text = text;
        this.type = type;
    }

    private static PathKind of(Path path, LinkOption... options) throws IOException {
        int type = (Integer) Files.getAttribute(path, "unix:mode", options) & TYPE_MASK;
        for (PathKind kind : values()) {
            if (kind.type == type) {
                return kind;
            }
        }
        return OTHER;
    }

    /**
     * Returns whether the file is of this kind. Follows links. Throws {@code NoSuchFileException} if the file does not
     * exist.
     */
    boolean isAt(Path path) throws IOException {
        return of(path) == this;
    }

    /** Does the same as {@link #isAt}, but does not follow a link. */
    boolean isItselfAt(Path path) throws IOException {
        return of(path, LinkOption.NOFOLLOW_LINKS) == this;
    }

    /**
     * Throws an exception unless the file is of this kind. Follows links. Throws {@code NoSuchFileException} if the
     * file does not exist.
     */
    void require(Path path) throws IOException {
        require(path, of(path));
    }

    /** Does the same as {@link #require}, but does not follow a link. Used for a file that is about to be removed. */
    void requireItself(Path path) throws IOException {
        require(path, of(path, LinkOption.NOFOLLOW_LINKS));
    }

    private void require(Path path, PathKind found) throws IOException {
        if (found != this) {
            throw new IOException("expected " + text + ", but " + path + " is " + found.text);
        }
    }

    /** Converts an {@code IOException} into an exception whose message states which operation failed, and why. */
    static PipeException explain(String what, IOException e, String source) {
        String why = Failed.reason(e)
                + (e instanceof AccessDeniedException denied && denied.getReason() == null ? Denied.HELP : "");
        ErrorKind kind = e instanceof WriterLostException ? ErrorKind.WRITER_LOST : ErrorKind.PIPE_IO;
        return CoreAccess.exception(PipeException.class, kind, what + ": " + why, source, null, e);
    }
}
