package io.pipeflux.flink;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.DeadLetter;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.TruncatedInputException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Decodes one split. A corrupt record becomes a failure, which is attached to the next element, so that a resume point
 * is either before both of them or after both of them. In this example, the records X and Y are corrupt, and the record
 * after Y cannot be found:
 *
 * <pre>
 *   records        a  b  X  c  d  e  Y
 *   batches of 2   [a b]  [c d] with failure X  [e]  no batch, but failure Y
 * </pre>
 */
final class ResultDecoding<T> {

    private static final int MOST_FAILURES = 100; // the maximum number in one result
    // The id of the error for an object that ends before the resume point. Such an object is not corrupt: it was
    // replaced.
    private static final String ENDED_BEFORE_START = "[PF-END-02]";

    private final PlainKind<T> kind;
    private final ObjectSplit split;
    private final long first; // the ordinal of the first record after the resume point
    // The failures that are not part of a result yet, in the order in which they occurred. This order may differ from
    // the order in the object, because a row may fail after a later record has failed.
    private final List<ObjectFailure> waiting = new ArrayList<>();
    private final List<ObjectFailure> ends = new ArrayList<>();
    private long more; // the number of failures beyond the maximum, which are counted but not kept
    private @Nullable ObjectFailure lastOfMore;

    private ResultDecoding(PlainKind<T> kind, ObjectSplit split) {
        this.kind = kind;
        this.split = split;
        this.first = next(split.start());
    }

    /** Decodes the object of a split. */
    static <T> Flux<ReadResult<T>> decode(PlainKind<T> kind, ObjectSplit split, Flux<ObjectBytes> objects) {
        return Flux.defer(() -> new ResultDecoding<>(kind, split).decode(objects));
    }

    /** Returns the ordinal of the first record after a resume point. */
    private static long next(ResumePoint point) {
        return point.position().recordOrdinal() + point.drop();
    }

    private Flux<ReadResult<T>> decode(Flux<ObjectBytes> objects) {
        SkipPolicy policy = SkipPolicy.skip(Integer.MAX_VALUE, Long.MAX_VALUE).deadLetters(this::skipped);
        // after corrupt data, this stream completes instead of failing, so that the rows before the error become a
        // batch
        Flux<RawRecord> records = kind.format()
                .get()
                .onCorrupt(policy)
                .decodeObjects()
                .apply(objects)
                .onErrorResume(ResultDecoding::isOfData, this::ended);
        return kind.elements(policy)
                .apply(records)
                .map(this::result)
                .concatWith(Flux.defer(this::rest))
                .onErrorResume(
                        ResultDecoding::isOfData,
                        e -> this.<ReadResult<T>>ended(e).concatWith(Flux.defer(this::rest)));
    }

    /** Returns whether the error is in the data, not in their transfer or in the code. */
    private static boolean isOfData(Throwable e) {
        return e instanceof CorruptRecordException
                || e instanceof SchemaMismatchException
                || (e instanceof TruncatedInputException
                        && !String.valueOf(e.getMessage()).endsWith(ENDED_BEFORE_START));
    }

    private void skipped(DeadLetter letter) {
        add(failure(letter.cause(), letter.position(), false));
    }

    private <E> Flux<E> ended(Throwable e) {
        ends.add(failure(e, e instanceof PipefluxException known ? known.position() : null, true));
        return Flux.empty();
    }

    private ObjectFailure failure(Throwable cause, @Nullable Position at, boolean endsSplit) {
        String message = cause.getMessage();
        return new ObjectFailure(
                split.object().key(),
                split.epoch(),
                at == null ? ObjectFailure.UNKNOWN : at.byteOffset(),
                at == null ? ObjectFailure.UNKNOWN : at.recordOrdinal(),
                endsSplit,
                message == null ? cause.toString() : message);
    }

    private void add(ObjectFailure failure) {
        if (failure.record() != ObjectFailure.UNKNOWN && failure.record() < first) {
            return; // already emitted: a compressed object is read from its beginning, not from the resume point
        }
        if (waiting.size() < MOST_FAILURES) {
            waiting.add(failure);
        } else {
            more++;
            lastOfMore = failure;
        }
    }

    private ReadResult<T> result(T element) {
        return waiting.isEmpty() ? new ReadResult<>(element, List.of()) : withFailures(element);
    }

    private ReadResult<T> withFailures(T element) {
        long next = next(kind.resumeAt(element));
        List<ObjectFailure> before = new ArrayList<>(waiting);
        before.removeIf(failure -> failure.record() >= next);
        waiting.removeIf(failure -> failure.record() < next);
        return new ReadResult<>(element, inOrder(before));
    }

    /** Emits a result with the failures after the last element, if there are any. */
    private Flux<ReadResult<T>> rest() {
        List<ObjectFailure> last = new ArrayList<>(waiting);
        waiting.clear();
        last = inOrder(last);
        last.addAll(ends);
        return last.isEmpty() ? Flux.empty() : Flux.just(new ReadResult<>(null, last));
    }

    /**
     * Sorts the failures of one result by their order in the object. Failures beyond the maximum are not kept, only
     * counted. If no further failures are waiting, this method appends one failure in place of those that were only
     * counted.
     */
    private List<ObjectFailure> inOrder(List<ObjectFailure> failures) {
        failures.sort(Comparator.comparingLong(ObjectFailure::record));
        ObjectFailure last = lastOfMore;
        if (last != null && waiting.isEmpty()) {
            String message = "the last one of " + more + " more corrupt records after the failure before: ";
            failures.add(new ObjectFailure(
                    last.object(), last.epoch(), last.byteOffset(), last.record(), false, message + last.message()));
            more = 0;
            lastOfMore = null;
        }
        return failures;
    }
}
