package io.pipeflux.core;

import io.pipeflux.core.internal.ErrorKind;

/** A suppressed exception that names the record for which the main exception was thrown. */
final class RecordFailure extends PipefluxException {

    private static final long serialVersionUID = 1L;

    RecordFailure(RawRecord record) {
        super(ErrorKind.THROWN_FOR, "thrown for a record", record.source(), record.position(), null);
    }
}
