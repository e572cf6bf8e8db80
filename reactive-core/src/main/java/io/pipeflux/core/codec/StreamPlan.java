package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Skips;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Describes one stream to {@link FluxDecode}, per subscription. */
@FunctionalInterface
interface StreamPlan {

    /** The plan of a stream that is read from its beginning. Its name is taken from upstream. */
    StreamPlan OF_UNKNOWN = pass -> StreamStart.ofBeginning(null, pass);

    /** Returns the plan of an object that is read from its beginning. */
    static StreamPlan of(ObjectBytes object) {
        return pass -> StreamStart.ofBeginning(object, pass);
    }

    /** Returns where to begin. */
    StreamStart start(Pass pass);

    /**
     * Returns the origin of the stream's records.
     *
     * @param start the result of {@link #start}
     * @param name returns the name of a stream that is not an object
     * @param content returns the name of such a stream's content, or null; called when bytes have arrived
     */
    default RecordOrigin origin(StreamStart start, Supplier<String> name, Supplier<@Nullable String> content) {
        return start.origin(name, content);
    }

    /**
     * Returns the count of skipped records: a new one for a stream without objects, one for all objects of an epoch.
     */
    default Skips skips(SkipPolicy policy, PipelineReporter reporter) {
        return CoreAccess.get().skips(policy, reporter);
    }

    /**
     * Called when the stream has completed without an error.
     *
     * @param nextRecord the ordinal of the record after its last one
     * @param toDrop how many records are still to be dropped: a start point may reach beyond its object
     */
    default void ended(long nextRecord, long toDrop) {}
}
