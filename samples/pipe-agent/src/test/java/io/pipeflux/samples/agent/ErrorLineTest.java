package io.pipeflux.samples.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Exceptions;
import software.amazon.awssdk.core.exception.SdkClientException;

class ErrorLineTest {

    @ParameterizedTest
    @MethodSource("failures")
    void aLineHasWordsInsteadOfNamesOfClasses(Exception failure, String expected) {
        assertThat(ErrorLine.message(failure)).isEqualTo(expected);
    }

    static Stream<Arguments> failures() {
        IOException full = new FileSystemException("/a", null, "No space left on device");
        return Stream.of(
                Arguments.of(SdkClientException.create("no\n  answer"), "the AWS SDK reports: no answer"),
                Arguments.of(new NoSuchFileException("/a"), "/a does not exist"),
                Arguments.of(new FileAlreadyExistsException("/a"), "/a already exists"),
                Arguments.of(full, "/a: No space left on device"),
                Arguments.of(new EOFException("the file ends"), "the file ends"),
                Arguments.of(new UncheckedIOException(full), "/a: No space left on device"),
                Arguments.of(
                        new UncheckedIOException("could not write to /b", full),
                        "could not write to /b: /a: No space left on device"),
                Arguments.of(new CompletionException(full), "/a: No space left on device"),
                Arguments.of(Exceptions.propagate(full), "/a: No space left on device"));
    }

    @Test
    void anUnexpectedExceptionKeepsItsClassAsItsOnlyHint() {
        assertThat(ErrorLine.message(new IllegalStateException()))
                .isEqualTo("a fault of this program: java.lang.IllegalStateException; --debug of the agent prints where"
                        + " it happened");
    }
}
