package io.pipeflux.core.pipe;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Signals that the writer has closed the socket without sending an end or an error. */
final class WriterLostException extends IOException {
    private static final long serialVersionUID = 1L;

    WriterLostException(long bytes, @Nullable Throwable cause) {
        super(
                "the writer was lost after " + bytes + " bytes, without an end or an error"
                        + (bytes == 0
                                ? ": another reader may have connected first and received the whole epoch, because a"
                                        + " socket serves only one reader; check that no other program reads it"
                                : ""),
                cause);
    }
}
