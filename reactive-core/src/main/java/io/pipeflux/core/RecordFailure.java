package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;

/** Names the record for which another exception was thrown. It is added to that exception as a suppressed exception. */
final class RecordFailure extends PipefluxException {

    private static final long serialVersionUID = 1L;

    RecordFailure(RawRecord record) {
        super(ErrorKind.THROWN_FOR, "thrown for a record", record.source(), record.position(), null);
    }
}
