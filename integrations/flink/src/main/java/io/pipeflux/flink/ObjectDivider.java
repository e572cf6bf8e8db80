package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import io.pipeflux.core.codec.RecordRange;
import java.util.List;
import java.util.Objects;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Divides large objects into splits that begin and end between two records. The job manager finds these borders once,
 * so that readers need neither an index nor a search. The methods block the calling thread.
 */
final class ObjectDivider {

    private final @Nullable Ranges ranges; // null if no object is divided
    private final FrameFormat<RawRecord> format;

    ObjectDivider(@Nullable Ranges ranges, FrameFormat<RawRecord> format) {
        this.ranges = ranges;
        this.format = format;
    }

    /** Divides an object into one or more splits. */
    List<ObjectSplit> splits(OpenChannel channel, ObjectRef object, long epoch, long ordinal) {
        ObjectSplit whole = ObjectSplit.whole(object, epoch, ordinal);
        if (ranges == null || object.size() <= ranges.bytes()) {
            return List.of(whole);
        }
        RecordBorders borders = borders(channel, object, ranges).block();
        if (borders == null) { // the object has no index
            return List.of(whole);
        }
        List<ObjectSplit> splits = channel.read(Flux.just(object))
                .concatMap(
                        read -> borders.ranges(read, ranges.bytes())
                                .doOnNext(range -> requireDecodable(borders, read, range)),
                        0)
                .map(range -> new ObjectSplit(object, epoch, ordinal, range.begin(), range.end(), null))
                .collectList()
                .blockOptional()
                .orElseThrow();
        if (splits.isEmpty()) {
            throw new IllegalStateException("expected at least one range of " + object.key() + ", but got none");
        }
        return splits;
    }

    private static Mono<RecordBorders> borders(OpenChannel channel, ObjectRef object, Ranges ranges) {
        SerializableFunction<RecordIndex, RecordBorders> indexed = ranges.indexed();
        SerializableSupplier<RecordBorders> marked = ranges.marked();
        if (indexed != null) {
            return channel.index(object).flatMap(RecordIndex::read).map(indexed);
        }
        return marked == null ? Mono.empty() : Mono.just(marked.get());
    }

    /**
     * Fails if the borders belong to a different format, or if the format can only be read from an object's beginning.
     */
    private void requireDecodable(RecordBorders borders, ObjectBytes object, RecordRange range) {
        // decode() checks the borders when it is called, so no subscription is needed
        Objects.requireNonNull(borders.decode(object, range, format));
    }
}
