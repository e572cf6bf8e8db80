package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
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

    /** Returns whether the path is of this kind; a missing one fails with NoSuchFileException. */
    boolean isAt(Path path) throws IOException {
        return of(path) == this;
    }

    /** As {@link #isAt}, of the path itself: a link is not followed. */
    boolean isItselfAt(Path path) throws IOException {
        return of(path, LinkOption.NOFOLLOW_LINKS) == this;
    }

    /** Fails unless the path is of this kind; a missing one fails with NoSuchFileException. Links are followed. */
    void require(Path path) throws IOException {
        require(path, of(path));
    }

    /** As {@link #require}, of the path itself: a link is not followed. For what is about to be removed. */
    void requireItself(Path path) throws IOException {
        require(path, of(path, LinkOption.NOFOLLOW_LINKS));
    }

    private void require(Path path, PathKind found) throws IOException {
        if (found != this) {
            throw new IOException(path + " is " + found.text + ", expected " + text);
        }
    }

    /** A failed file or system call as an error that says what was tried, and why it failed. */
    static PipeException explain(String what, IOException e, String source) {
        String why = e.getMessage();
        if (e instanceof NoSuchFileException) {
            why = why + " is not there";
        } else if (e instanceof FileSystemException failed && failed.getReason() == null) {
            why = e.getClass().getSimpleName() + " " + why;
        }
        return PipeException.of(what + ": " + why, source, null, e);
    }
}
