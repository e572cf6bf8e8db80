package io.pipeflux.core.suite;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.internal.ErrorKind;
import java.util.Arrays;
import java.util.Optional;

/** Finds the id with which the message of each exception of Pipeflux ends. */
public final class ErrorIds {

    private ErrorIds() {}

    /** Asserts that the error is of Pipeflux, and that its message ends with the id of a kind of Pipeflux. */
    public static void assertHasId(Throwable error) {
        assertThat(kind(error.getMessage()))
                .as(error.toString())
                .isPresent()
                .get()
                .isNotEqualTo(ErrorKind.CUSTOM);
        assertThat(kind(error.getMessage()).orElseThrow().isOf(error.getClass().getSimpleName()))
                .as(error.toString())
                .isTrue();
    }

    /** Returns the kind with whose id a message ends. */
    public static Optional<ErrorKind> kind(String message) {
        return Arrays.stream(ErrorKind.values())
                .filter(kind -> message != null && message.endsWith(" [" + kind.id() + "]"))
                .findFirst();
    }
}
