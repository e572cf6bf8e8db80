package io.pipeflux.core.codec;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import java.util.Objects;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds the boundaries between the records of an object, so that several readers can share one large object. Each
 * record belongs to exactly one range.
 *
 * <pre>
 *   bytes          0         100       200       300 (the size)
 *   records        |--------|---|-------------|--|
 *   ranges(100)    |--- one ----|---- two ----|--|     a range ends at the first boundary after at least 100 bytes
 * </pre>
 *
 * <p>The formats return instances of this class. An instance finds boundaries with a {@link RecordIndex}, or by marks
 * in the bytes if the format has marks that cannot occur in a payload. If neither is available, each object is
 * {@linkplain #whole one range}. Boundaries are never guessed.
 *
 * <p>Instances are immutable and thread-safe.
 */
public final class RecordBorders {

    /** Finds the first boundary at or after an offset inside an object. */
    private interface Search {
        Mono<Long> next(ObjectBytes object, long offset);
    }

    private final String format;
    private final Consumer<ObjectBytes> check;
    private final Search search;

    private RecordBorders(String format, Consumer<ObjectBytes> check, Search search) {
        this.format = format;
        this.check = check;
        this.search = search;
    }

    /** Returns an instance for objects that cannot be divided, so each object is one range. */
    public static RecordBorders whole(FrameFormat<?> format) {
        return new RecordBorders(format.name(), object -> {}, (object, offset) -> Mono.just(object.size()));
    }

    /**
     * Returns an instance that takes the boundaries from an index.
     *
     * @param format a format whose frames state their length, so that decoding detects an offset that is not a boundary
     * @param index the index of the only object that will be read
     */
    public static RecordBorders indexed(FrameFormat<?> format, RecordIndex index) {
        Objects.requireNonNull(index, "index");
        return new RecordBorders(format.name(), index::requireOf, (object, offset) -> Mono.just(index.next(offset)));
    }

    /**
     * Returns an instance that finds boundaries by marks in the bytes. To find a boundary, the instance reads the bytes
     * from the offset to the first mark. These are usually no more bytes than one record has.
     *
     * @param format a format that can be decoded from any record on
     * @param before the number of bytes that {@code mark} needs before a record's first byte. {@code mark} is never
     *     called with fewer bytes
     * @param after the number of bytes that {@code mark} needs from the record's first byte on, at least 1. If fewer
     *     bytes remain in the object, no record begins at that byte
     * @param mark must return true for the first byte of each record, and false for every other byte
     */
    public static RecordBorders marked(FrameFormat<?> format, int before, int after, RecordMark mark) {
        Objects.requireNonNull(mark, "mark");
        if (before < 0 || after < 1) {
            throw new IllegalArgumentException(
                    "expected a mark of >= 0 bytes before and >= 1 after, but got " + before + " and " + after);
        }
        return new RecordBorders(
                format.name(),
                object -> {},
                (object, offset) ->
                        Mono.from(Guarded.defer(() -> new MarkSearch(before, after, mark).next(object, offset))));
    }

    /**
     * Returns the first boundary at or after an offset: the offset of a record, or the object's size. The result
     * depends only on the object and the offset. Therefore, if several readers agree on a number of bytes, together
     * they read each record exactly once: reader i reads from {@code next(i * bytes)} to {@code next((i + 1) * bytes)}.
     * This range may be empty.
     *
     * <p>The result fails with {@link CorruptRecordException} if the index belongs to a different object.
     *
     * @param object an object of known size
     * @param offset at least 0. If it is at or after the object's end, the result is the object's size
     */
    public Mono<Long> next(ObjectBytes object, long offset) {
        requireSize(object);
        if (offset < 0) {
            throw new IllegalArgumentException("expected an offset >= 0, but got " + offset);
        }
        return Mono.defer(() -> {
            check.accept(object);
            if (offset == 0) {
                return Mono.just(0L);
            }
            return offset >= object.size() ? Mono.just(object.size()) : search.next(object, offset);
        });
    }

    /**
     * Returns all ranges of an object in order. Together, they cover the object. An empty object has no ranges.
     *
     * @param bytes the minimum size of all ranges except the last, at least 1
     */
    public Flux<RecordRange> ranges(ObjectBytes object, long bytes) {
        requireSize(object);
        if (bytes < 1) {
            throw new IllegalArgumentException("expected ranges of >= 1 byte, but got " + bytes);
        }
        long size = object.size();
        return size == 0
                ? Flux.empty()
                : range(object, 0, bytes)
                        .expand(last -> last.end() < size ? range(object, last.end(), bytes) : Mono.empty());
    }

    private Mono<RecordRange> range(ObjectBytes object, long begin, long bytes) {
        long size = object.size();
        long least = bytes >= size - begin ? size : begin + bytes;
        return next(object, least).map(found -> new RecordRange(begin, found));
    }

    /**
     * Decodes the records of a range. The records' positions refer to the whole object, except for the ordinals, which
     * begin at 0 in each range.
     *
     * <p>A record that crosses the start or the end of the range fails with {@link CorruptRecordException}. In that
     * case, the range, or the index from which it was taken, belongs to a different object.
     *
     * @param format the format for which this instance was created, without compression and without a header
     * @throws IllegalArgumentException if this instance was created for a different format, or if the format can be
     *     read only from the beginning of an object
     */
    public <T> Flux<T> decode(ObjectBytes object, RecordRange range, FrameFormat<T> format) {
        requireSize(object);
        if (!format.name().equals(this.format)) {
            throw new IllegalArgumentException(
                    "expected the format of the boundaries, " + this.format + ", but got " + format.name());
        }
        boolean all = range.begin() == 0 && range.end() == object.size();
        if (!all && !format.isObjectEnterable()) {
            throw new IllegalArgumentException("expected a format that can be read from any record on, but got "
                    + format.name() + " with a compression or a header: such an object is one range");
        }
        if (range.end() > object.size()) {
            throw new IllegalArgumentException("expected a range that ends in the object's " + object.size()
                    + " bytes, but got one that ends at " + range.end());
        }
        ObjectBytes limited = object.upTo(range.end());
        ResumePoint begin = new ResumePoint(new Position(0, object.ordinal(), range.begin(), 0), 0);
        return Flux.just(limited)
                .transform(format.decodeObjects())
                .onErrorMap(error -> crossed(object, range, error))
                .contextWrite(context -> Pass.resumeAt(begin).apply(context.delete(Pass.class)));
    }

    private Throwable crossed(ObjectBytes object, RecordRange range, Throwable error) {
        Position at = null;
        String where = null;
        if (error instanceof TruncatedInputException truncated && range.end() < object.size()) {
            at = truncated.position();
            where = "end at byte " + range.end();
        } else if (error instanceof CorruptRecordException corrupt
                && range.begin() > 0
                && corrupt.position() != null
                && corrupt.position().byteOffset() == range.begin()) {
            at = corrupt.position();
            where = "begin at byte " + range.begin();
        }
        return where == null
                ? error
                : CoreAccess.exception(
                        CorruptRecordException.class,
                        ErrorKind.OTHER_INDEX,
                        format + ": expected a boundary between records at the range's " + where + ", but got none: the"
                                + " record is damaged, or the index (or the range) belongs to a different object or to"
                                + " an earlier version; write the index again (" + error.getMessage() + ")",
                        object.key(),
                        at,
                        error);
    }

    private static void requireSize(ObjectBytes object) {
        if (object.size() < 0) {
            throw new IllegalArgumentException(
                    "expected an object of known size, but got " + object + ": it can be read only as a whole");
        }
    }

    @Override
    public String toString() {
        return "RecordBorders[" + format + "]";
    }
}
