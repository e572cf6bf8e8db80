package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.Position;

/** What the driver is told about one stream, per subscription. */
@FunctionalInterface
interface StreamPlan {

    /** Of a stream that is read from its beginning and whose name upstream knows. */
    StreamPlan OF_UNKNOWN = pass -> StreamStart.ofBeginning(null, pass, Position.NO_OBJECT);

    /** Of an object that is read from its beginning. */
    static StreamPlan of(ObjectBytes object) {
        return pass -> StreamStart.ofBeginning(object.key(), pass, object.ordinal());
    }

    /** Where to begin. */
    StreamStart start(Pass pass);

    /** Counts what is skipped: a count of its own for a stream without objects, one for all objects of an epoch. */
    default SkipCount skips(SkipPolicy policy, PipelineMonitor monitor) {
        return new SkipCount(policy, monitor);
    }

    /**
     * The stream has ended well.
     *
     * @param nextRecord the ordinal of the record behind its last
     * @param toDrop how many records are still to be dropped: a start point may lead beyond its object
     */
    default void ended(long nextRecord, long toDrop) {}
}
