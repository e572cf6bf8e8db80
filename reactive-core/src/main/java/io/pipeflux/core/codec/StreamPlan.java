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

/** States where {@link FluxDecode} begins to decode a stream, and the origin of the stream's records. */
@FunctionalInterface
interface StreamPlan {

    /** The plan for a stream that is read from its beginning. The stream's name is obtained from upstream. */
    StreamPlan OF_UNKNOWN = pass -> StreamStart.ofBeginning(null, pass);

    /** Returns the plan for an object that is read from its beginning. */
    static StreamPlan of(ObjectBytes object) {
        return pass -> StreamStart.ofBeginning(object, pass);
    }

    /** Returns the place at which decoding begins. */
    StreamStart start(Pass pass);

    /**
     * Returns the origin of the stream's records.
     *
     * @param start the result of {@link #start}
     * @param name returns the stream's name; called only if the stream is not a stored object
     * @param content returns the name that the writer has given to the stream's content, or null; called only if the
     *     stream is not a stored object, and after bytes have arrived
     */
    default RecordOrigin origin(StreamStart start, Supplier<String> name, Supplier<@Nullable String> content) {
        return start.origin(name, content);
    }

    /**
     * Returns the counter of skipped records. A stream that is not a stored object has its own counter, whereas all
     * objects of an epoch share one counter.
     */
    default Skips skips(SkipPolicy policy, PipelineReporter reporter) {
        return CoreAccess.get().skips(policy, reporter);
    }

    /**
     * Signals that the stream has completed without an error.
     *
     * @param nextRecord the ordinal of the record after the stream's last one
     * @param toDrop the number of records that remain to be dropped from later objects
     */
    default void ended(long nextRecord, long toDrop) {}
}
