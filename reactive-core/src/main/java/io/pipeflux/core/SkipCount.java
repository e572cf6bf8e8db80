package io.pipeflux.core;

import io.pipeflux.core.internal.Skips;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Counts the bad records that were skipped, and enforces the limits of a policy. */
final class SkipCount implements Skips {

    private static final Logger log = Loggers.getLogger(SkipPolicy.class);
    private static final long EACH_LOGGED = 100;

    private final SkipPolicy policy;
    private final PipelineReporter reporter;
    private int inARow;
    private long inTotal;
    private long read;

    SkipCount(SkipPolicy policy, PipelineReporter reporter) {
        this.policy = policy;
        this.reporter = reporter;
    }

    @Override
    public void good(long count) {
        if (count > 0) {
            inARow = 0;
            read += count;
        }
    }

    @Override
    public boolean skip(Exception reason, @Nullable Object element, Supplier<ByteBuffer> bytes) {
        if (!policy.allows(inARow, inTotal, ++read)) {
            if (inTotal > 0) {
                reason.addSuppressed(new IllegalStateException(inTotal + " of " + read
                        + " records were skipped before this one, " + inARow + " of them immediately before; "
                        + policy));
            }
            return false;
        }
        inARow++;
        inTotal++;
        reporter.addBadRecords(1);
        DeadLetter letter = DeadLetter.of(bytes.get(), reason, element);
        if (inTotal <= EACH_LOGGED || Long.bitCount(inTotal) == 1) {
            log.warn("skipped a bad record, number {} of this stream: {}", inTotal, message(letter));
        }
        policy.accept(letter);
        return true;
    }

    private static String message(DeadLetter letter) {
        if (letter.cause() instanceof PipefluxException || letter.position() == null) {
            return String.valueOf(letter.cause().getMessage());
        }
        return letter.cause() + " (" + letter.source() + ", " + letter.position() + ")";
    }
}
