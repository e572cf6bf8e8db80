package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailedTest {

    @ParameterizedTest
    @MethodSource("failures")
    void theReasonIsInWords(Throwable failure, String reason) {
        assertThat(Failed.reason(failure)).isEqualTo(reason);
    }

    static Stream<Arguments> failures() {
        IOException full = new FileSystemException("/a", null, "No space left on device");
        return Stream.of(
                Arguments.of(new NoSuchFileException("/a"), "/a does not exist"),
                Arguments.of(new FileAlreadyExistsException("/a"), "/a already exists"),
                Arguments.of(new DirectoryNotEmptyException("/a"), "/a is a directory with files in it"),
                Arguments.of(new NotDirectoryException("/a"), "/a is not a directory"),
                Arguments.of(new FileSystemException("/a"), "/a could not be used"),
                Arguments.of(
                        new AccessDeniedException("/a", null, "a lock of another user"), "/a: a lock of another user"),
                Arguments.of(full, "/a: No space left on device"),
                Arguments.of(new SocketException("Broken pipe"), "Broken pipe"),
                Arguments.of(new IOException(), "java.io.IOException"),
                Arguments.of(new IllegalStateException("closed"), "java.lang.IllegalStateException: closed"),
                Arguments.of(new UncheckedIOException(full), "/a: No space left on device"),
                Arguments.of(new UncheckedIOException("no line", full), "no line: /a: No space left on device"));
    }

    @Test
    void aDeniedFileIsExplained(@TempDir Path directory) {
        assertThat(Failed.reason(new AccessDeniedException(directory.toString())))
                .startsWith("permission denied: " + directory + " has owner ")
                .contains(" and mode ", ", but this process has ");
    }
}
