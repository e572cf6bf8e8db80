package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.s3.SumKind.Sum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * The checksum of an object: what the store states, and the sums of the bytes that have arrived.
 *
 * <pre>
 *   one part       GET with the checksum --all bytes summed--&gt; equal: handed on    different: fetched again
 *   more parts     HEAD, GET, GET, ...   --each part summed--&gt; combined at the end  different: an error
 * </pre>
 *
 * The bytes are summed by the threads of the client, where they arrive. The reader combines the sums of the parts.
 */
final class ObjectChecksum {

    private enum Source {
        /** The object is not verified. */
        NONE,
        /** The answer to the only GET states the checksum. */
        ANSWER,
        /** The answer to a HEAD states the checksum. */
        HEAD
    }

    /** The sum of the bytes from the object's first one. */
    private static final class Combined {

        private final byte[] value;
        private final long length;

        Combined(byte[] value, long length) {
            this.value = value;
            this.length = length;
        }

        Combined with(SumKind kind, byte[] more, int count) {
            return new Combined(kind.combine(value, more, count), length + count);
        }
    }

    private final Checksums option;
    private final List<SumKind> usable;
    private final Disposable.Swap request = Disposables.swap();
    private final AtomicBoolean requested = new AtomicBoolean();
    private final AtomicReference<@Nullable Runnable> watcher = new AtomicReference<>();
    private volatile Source source = Source.NONE;
    private volatile List<SumKind> kinds = List.of();
    private volatile @Nullable StatedChecksum stated;
    private volatile @Nullable Throwable failure;

    // the reader's
    private final Map<SumKind, Combined> combined = new EnumMap<>(SumKind.class);
    private @Nullable Sum inOrder;
    private long readInOrder;

    ObjectChecksum(Checksums option) {
        this.option = option;
        this.usable = SumKind.of(option);
    }

    // == the window's side ==

    /**
     * Called when the first part of the object is about to be fetched, from its first byte.
     *
     * @param onePart whether it is the only part
     * @param known what is known before, or null
     * @param store what the store does not support
     */
    void begin(boolean onePart, @Nullable StatedChecksum known, StoreLimits store) {
        if (option == Checksums.OFF || (option != Checksums.REQUIRE && store.refuses(onePart))) {
            return;
        }
        source = onePart ? Source.ANSWER : Source.HEAD;
        if (known != null) {
            state(known);
        } else if (!onePart) { // which of them is needed is not known until the HEAD is answered
            kinds = usable.stream().filter(SumKind::isCombinable).toList();
        }
    }

    /** Returns whether the only GET is to ask for the checksum. */
    boolean isOfAnswer() {
        return source == Source.ANSWER;
    }

    /** Sends the HEAD, if one is needed and was not sent. */
    void request(Supplier<Mono<StatedChecksum>> head) {
        if (isAwaited() && requested.compareAndSet(false, true)) {
            try {
                request.update(head.get().subscribe(this::state, this::fail));
            } catch (Throwable t) { // out of memory; the reader waits for an answer
                fail(t);
            }
        }
    }

    /** Aborts the HEAD, on another thread because this one may hold a lock. */
    void cancel(Executor threads) {
        if (isAwaited() && requested.getAndSet(true)) {
            try {
                threads.execute(request::dispose);
            } catch (Throwable noThread) {
                request.dispose();
            }
        }
    }

    // == what the store states ==

    private void state(StatedChecksum checksum) {
        SumKind kind = checksum.kind();
        kinds = kind == null || (source == Source.HEAD && !kind.isCombinable()) ? List.of() : List.of(kind);
        stated = checksum;
        wake();
    }

    private void fail(Throwable error) {
        kinds = List.of();
        failure = error;
        wake();
    }

    /**
     * Called with the checksum of the answer to the only GET, before its bytes.
     *
     * @return whether the bytes can be verified
     */
    boolean answered(StatedChecksum ofAnswer, ObjectVersion version) {
        StatedChecksum before = stated;
        state(ofAnswer.kind() == null && before != null ? before : ofAnswer);
        ObjectReadException refusal = refusal(version);
        if (refusal != null) {
            throw refusal;
        }
        return !kinds.isEmpty();
    }

    /** Called if the store refuses a GET that asks for the checksum, which is then sent without. */
    boolean refused(String reason) {
        boolean mayGoOn = source == Source.ANSWER && option != Checksums.REQUIRE;
        if (mayGoOn) {
            source = Source.NONE;
            state(StatedChecksum.none(reason));
        }
        return mayGoOn;
    }

    /** Returns the kinds to be summed at present. Once bytes have arrived, there are only ever fewer. */
    List<SumKind> kinds() {
        return kinds;
    }

    List<SumKind> usable() {
        return usable;
    }

    /** Returns what differs if the bytes of the only part are not those that the store states, or null. */
    @Nullable
    IOException mismatch(PartSums part) {
        StatedChecksum expected = stated;
        for (Sum sum : part.sums()) {
            if (expected != null && sum.kind() == expected.kind()) {
                String found = SumKind.text(sum.value());
                return expected.value().equals(found) ? null : new ChecksumMismatch(expected, found);
            }
        }
        return new IOException("the bytes were not summed");
    }

    // == the reader's side ==

    /** Returns whether the answer to a HEAD is still to come. */
    boolean isAwaited() {
        return source == Source.HEAD && stated == null && failure == null;
    }

    /** Returns whether no byte may be handed on, because it is not known whether the object can be verified. */
    boolean holdsBack() {
        return (option == Checksums.REQUIRE || option == Checksums.ALL) && isAwaited();
    }

    /** Returns the error if the object must be verified but cannot be, or null. */
    @Nullable
    ObjectReadException refusal(ObjectVersion version) {
        StatedChecksum checksum = stated;
        return option == Checksums.REQUIRE && checksum != null && checksum.kind() == null
                ? S3Failures.unverifiable(version, checksum.value())
                : null;
    }

    /** Calls back once when {@link #isAwaited} has changed. Returns true if it has already; then there is no call. */
    boolean watch(Runnable onKnown) {
        watcher.set(onKnown);
        return !isAwaited() && watcher.getAndSet(null) != null;
    }

    private void wake() {
        Runnable waiting = watcher.getAndSet(null);
        if (waiting != null) {
            waiting.run();
        }
    }

    /** Called with each chunk, for kinds that need all bytes in order. */
    void read(ByteBuffer chunk) {
        StatedChecksum checksum = stated;
        if (checksum == null || checksum.kind() == null || source != Source.HEAD) {
            return;
        }
        SumKind kind = checksum.kind();
        if (!kind.isCombinable()) {
            Sum sum = inOrder == null ? kind.start() : inOrder;
            sum.update(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining());
            inOrder = sum;
            readInOrder += chunk.remaining();
        }
    }

    /** Called with each part, in order, when all of its bytes were read. */
    void add(PartSums part, int length) {
        if (source != Source.HEAD) {
            return;
        }
        for (Sum sum : part.sums()) {
            SumKind kind = sum.kind();
            Combined before = combined.get(kind);
            combined.put(
                    kind, before == null ? new Combined(sum.value(), length) : before.with(kind, sum.value(), length));
        }
    }

    /**
     * Compares the sum of the object's bytes, all of which were read, with the one that the store states.
     *
     * @return whether the object is verified
     * @throws ObjectReadException if its bytes are others, or if it must be verified but cannot be
     */
    boolean verify(ObjectVersion version) {
        Throwable error = failure;
        if (error != null) {
            throw S3Failures.checksum(version, error);
        }
        ObjectReadException refusal = refusal(version);
        if (refusal != null) {
            throw refusal;
        }
        StatedChecksum expected = stated;
        if (source == Source.NONE || expected == null || expected.kind() == null) {
            return false;
        }
        if (source == Source.ANSWER) {
            return true; // otherwise the bytes would not have been handed on
        }
        if (expected.etag() != null && !version.hasETag(expected.etag())) {
            throw version.changed(expected.etag(), null);
        }
        String found = sum(expected.kind(), version.ref().size());
        if (!expected.value().equals(found)) {
            throw S3Failures.altered(version, expected, found);
        }
        return true;
    }

    private String sum(SumKind kind, long size) {
        if (inOrder != null) {
            return readInOrder == size ? SumKind.text(inOrder.value()) : "only the sum of " + readInOrder + " bytes";
        }
        Combined sum = combined.get(kind);
        return sum != null && sum.length == size
                ? SumKind.text(sum.value)
                : "only the sum of " + (sum == null ? 0 : sum.length) + " bytes";
    }
}
