package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.RecordOrigin;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the driver is told about one stream, per subscription. */
@FunctionalInterface
interface StreamPlan {

    /** Of a stream that is read from its beginning and whose name upstream knows. */
    StreamPlan OF_UNKNOWN = pass -> StreamStart.ofBeginning(null, pass);

    /** Of an object that is read from its beginning. */
    static StreamPlan of(ObjectBytes object) {
        return pass -> StreamStart.ofBeginning(object, pass);
    }

    /** Where to begin. */
    StreamStart start(Pass pass);

    /**
     * What the stream's records have in common.
     *
     * @param start as {@link #start} gave it
     * @param name of a stream that is not an object
     * @param content of such a stream, or null; asked when bytes have arrived
     */
    default RecordOrigin origin(StreamStart start, Supplier<String> name, Supplier<@Nullable String> content) {
        return start.origin(name, content);
    }

    /** Counts what is skipped: a count of its own for a stream without objects, one for all objects of an epoch. */
    default SkipCount skips(SkipPolicy policy, PipelineReporter reporter) {
        return new SkipCount(policy, reporter);
    }

    /**
     * The stream has ended well.
     *
     * @param nextRecord the ordinal of the record behind its last
     * @param toDrop how many records are still to be dropped: a start point may lead beyond its object
     */
    default void ended(long nextRecord, long toDrop) {}
}
