package io.pipeflux.core.pipe;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The other side of a socket is gone, and neither an end nor an error of the writer has arrived. */
final class WriterLostException extends IOException {
    private static final long serialVersionUID = 1L;

    WriterLostException(long bytes, @Nullable Throwable cause) {
        super("the writer was lost after " + bytes + " bytes, without an end or an error", cause);
    }
}
