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
 * Decodes one split. A corrupt record becomes a failure, which is attached to the first element after it, so that a
 * resume point is before or after both.
 *
 * <pre>
 *   records          a  b  X  c  d  e  Y  (the next record's beginning is not known)
 *   batches of 2     a b | c d, X | e | Y
 * </pre>
 */
final class ResultDecoding<T> {

    private static final int MOST_FAILURES = 100; // in one result
    private static final String ENDED_BEFORE_START = "[PF-END-02]"; // the object is not that of the checkpoint

    private final PlainKind<T> kind;
    private final ObjectSplit split;
    private final long first; // the ordinal of the first record that was not read before
    private final List<ObjectFailure> waiting = new ArrayList<>(); // rows fail later than records after them
    private final List<ObjectFailure> ends = new ArrayList<>();
    private long more; // failures after the waiting ones, which are only counted
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

    /** Returns the ordinal of the record after a point. */
    private static long next(ResumePoint point) {
        return point.position().recordOrdinal() + point.drop();
    }

    private Flux<ReadResult<T>> decode(Flux<ObjectBytes> objects) {
        SkipPolicy policy = SkipPolicy.skip(Integer.MAX_VALUE, Long.MAX_VALUE).deadLetters(this::skipped);
        // complete, not failed, so that the rows before it become a batch
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

    /** Returns whether the data are wrong, and not their transfer, nor the code. */
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
            return; // it was emitted before the point, from which a compressed object cannot be read
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

    /** Returns the failures after the last element. */
    private Flux<ReadResult<T>> rest() {
        List<ObjectFailure> last = new ArrayList<>(waiting);
        waiting.clear();
        last = inOrder(last);
        last.addAll(ends);
        return last.isEmpty() ? Flux.empty() : Flux.just(new ReadResult<>(null, last));
    }

    /** Sorts failures as the object has them, and adds one for all those that were counted only. */
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
