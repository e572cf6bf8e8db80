package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.PipelineReporter;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Counts the corrupt records that were skipped, and enforces the limits of a policy. */
final class SkipCount {

    private static final Logger log = Loggers.getLogger(SkipPolicy.class);

    private final SkipPolicy policy;
    private final PipelineReporter reporter;
    private int inARow;
    private long inTotal;

    SkipCount(SkipPolicy policy, PipelineReporter reporter) {
        this.policy = policy;
        this.reporter = reporter;
    }

    void good() {
        inARow = 0;
    }

    /** Removes the corrupt frame from the buffer, or throws the exception if the frame must not be skipped. */
    void skip(CorruptRecordException corrupt, FrameBuffer in) {
        int frameBytes = in.corruptFrameBytes();
        if (frameBytes == 0 || inARow == policy.inARow() || inTotal == policy.inTotal()) {
            if (inTotal > 0) {
                corrupt.addSuppressed(new IllegalStateException(inTotal
                        + " corrupt records were skipped before this one, " + inARow + " of them in a row; " + policy));
            }
            throw corrupt;
        }
        inARow++;
        inTotal++;
        reporter.addBadRecords(1);
        DeadLetter letter = new DeadLetter(in.takeCorruptFrame(), corrupt);
        log.warn("skipped a corrupt record, number {} of this stream: {}", inTotal, corrupt.getMessage());
        policy.accept(letter);
    }
}
