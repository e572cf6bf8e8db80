package io.pipeflux.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.suite.ErrorIds;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorKindTest {

    private static final Map<String, Class<? extends PipefluxException>> TYPES = Map.of(
            "CheckpointException", CheckpointException.class,
            "CorruptRecordException", CorruptRecordException.class,
            "ObjectReadException", ObjectReadException.class,
            "ObjectWriteException", ObjectWriteException.class,
            "PipeException", PipeException.class,
            "ResumeMismatchException", ResumeMismatchException.class,
            "SchemaMismatchException", SchemaMismatchException.class,
            "TruncatedInputException", TruncatedInputException.class);

    @ParameterizedTest
    @EnumSource(names = "THROWN_FOR", mode = EnumSource.Mode.EXCLUDE)
    void theMessageEndsWithTheIdAndOtherExceptionsAreRefused(ErrorKind kind) {
        TYPES.forEach((name, type) -> {
            if (kind.isOf(name)) {
                PipefluxException made = make(type, kind);
                assertThat(made).isInstanceOf(type);
                assertThat(made)
                        .hasMessage("expected 1, but got 2 (train_0, " + Position.START + ") [" + kind.id() + "]");
                assertThat(ErrorIds.kind(made.getMessage())).contains(kind);
            } else {
                assertThatThrownBy(() -> make(type, kind)).isInstanceOf(AssertionError.class);
            }
        });
        assertThat(TYPES.keySet()).anyMatch(kind::isOf);
    }

    @Test
    void anExceptionOfAUsersCodeHasAnIdThatSaysSo() {
        assertThat(PipeException.of("no pipe", null, null, null)).hasMessage("no pipe [PF-CUSTOM]");
        assertThat(CheckpointException.of("no room", "/tmp", null)).hasMessage("no room (/tmp) [PF-CUSTOM]");
    }

    @Test
    void theExceptionForARecordIsSuppressedAndHasAnId() {
        assertThat(ErrorIds.kind(CoreAccess.get()
                        .thrownFor(RawRecord.of(ByteBuffer.allocate(1)))
                        .getMessage()))
                .contains(ErrorKind.THROWN_FOR);
    }

    private static <E extends PipefluxException> E make(Class<E> type, ErrorKind kind) {
        return CoreAccess.exception(type, kind, "expected 1, but got 2", "train_0", Position.START, null);
    }
}
