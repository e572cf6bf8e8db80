package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Verifies an object: compares the checksum that the store states with the checksum of the bytes that have arrived.
 *
 * <ul>
 *   <li>If the object fits into one part, the GET also requests the checksum. The bytes are compared before they are
 *       emitted. If they differ, they are fetched again.
 *   <li>For a larger object, a HEAD requests the checksum. The bytes are compared after the last one has arrived. If
 *       they differ, the read fails.
 *   <li>A composite checksum is computed from the checksums of the uploaded parts. The sizes of these parts are not
 *       known, so the usual sizes are tried first. If none of them matches, HEADs request the sizes.
 * </ul>
 *
 * <p>The client's threads compute the checksums of the fetched parts while the bytes arrive, and the reader combines
 * these checksums. If a larger object has a checksum that cannot be combined, the reader computes it from the bytes.
 */
final class ObjectChecksum {

    /** Requests information about the object from the store. */
    interface Requests {

        /** Returns the checksum of the object. */
        Mono<StatedChecksum> checksum();

        /** Returns the parts in which the object was uploaded, in order. */
        Flux<UploadedPart> parts(SumKind kind, int count);
    }

    private enum Source {
        /** No source is needed, because the object is not verified. */
        NONE,
        /** The object is fetched by a single GET, whose response states the checksum. */
        ANSWER,
        /**
         * The response to a HEAD states the checksum. This source is also used for an object that is fetched by a
         * single GET, if its checksum can be compared only at the end of the object.
         */
        HEAD
    }

    private final Checksums option;
    private final int usualPart;
    private final List<SumKind> usable;
    private final Disposable.Swap request = Disposables.swap();
    private final AtomicBoolean requested = new AtomicBoolean();
    private final AtomicReference<@Nullable Runnable> watcher = new AtomicReference<>();
    private volatile Source source = Source.NONE;
    private volatile List<SumKind> kinds = List.of();
    private volatile @Nullable StatedChecksum stated;
    private volatile @Nullable Requests requests;
    private volatile @Nullable Throwable failure;
    private volatile boolean asksForParts;

    // the following fields are used only by the reader
    private final Map<SumKind, ObjectSums> combined = new EnumMap<>(SumKind.class);
    private @Nullable DigestSums inOrder;
    private @Nullable PartsCheck parts;
    private boolean compared;
    private boolean equal;

    ObjectChecksum(S3ReadOptions options) {
        this.option = options.checksums();
        this.usualPart = options.statedPartSize();
        this.usable = SumKind.of(option);
    }

    // == for the window ==

    /**
     * Prepares the verification. Called before the first part is fetched, if this part begins at the object's first
     * byte.
     *
     * @param onePart whether this is the only part
     * @param known the checksum if it is already known, or null
     * @param store the kinds of requests that the store does not support
     */
    void begin(boolean onePart, @Nullable StatedChecksum known, StoreLimits store) {
        if (option == Checksums.OFF || (option != Checksums.REQUIRE && store.refuses(onePart))) {
            return;
        }
        source = onePart ? Source.ANSWER : Source.HEAD;
        if (known != null) {
            state(known);
        } else if (!onePart) { // until the response to the HEAD arrives, any of these kinds may be needed
            kinds = usable.stream().filter(SumKind::isCombinable).toList();
        }
    }

    /** Returns whether the object is fetched by a single GET that also requests the checksum. */
    boolean isOfAnswer() {
        return source == Source.ANSWER;
    }

    /** Sets how information is requested from the store. Called before the first GET is sent. */
    void use(Requests requests) {
        this.requests = requests;
    }

    /** Sends the HEAD, if one is needed and none has been sent. */
    void request() {
        if (isAwaited() && requested.compareAndSet(false, true)) {
            try {
                request.update(Objects.requireNonNull(requests).checksum().subscribe(this::state, this::fail));
            } catch (Throwable t) { // memory has run out; without a failure, the reader would wait indefinitely
                fail(t);
            }
        }
    }

    /** Aborts the HEAD. Uses another thread, because the current thread may hold a lock. */
    void cancel(Executor threads) {
        if (isAwaited() && requested.getAndSet(true)) {
            try {
                threads.execute(request::dispose);
            } catch (Throwable noThread) {
                request.dispose();
            }
        }
    }

    // == the checksum that the store states ==

    private void state(StatedChecksum checksum) {
        SumKind kind = checksum.kind();
        kinds = kind == null || (source == Source.HEAD && !kind.isCombinable()) ? List.of() : List.of(kind);
        stated = checksum;
        wake();
    }

    private void fail(Throwable error) {
        kinds = List.of();
        failure = error;
        asksForParts = false;
        wake();
    }

    /**
     * Notes the checksum that the response states, if the object is fetched by a single GET. Called before the bytes of
     * the response are processed.
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

    /**
     * Gives up on the checksum, unless it is required. Called when the store has refused the GET that requests the
     * checksum.
     *
     * @return whether the GET may be sent again without requesting the checksum
     */
    boolean refused(String reason) {
        boolean mayGoOn = source == Source.ANSWER && option != Checksums.REQUIRE;
        if (mayGoOn) {
            source = Source.NONE;
            state(StatedChecksum.none(reason));
        }
        return mayGoOn;
    }

    /**
     * Returns the kinds of checksums to compute. As soon as the required kind is known, the other kinds are removed.
     * After the first bytes have arrived, no kind is added.
     */
    List<SumKind> kinds() {
        return kinds;
    }

    List<SumKind> usable() {
        return usable;
    }

    /**
     * Compares the bytes of the only part with the checksum that the store states. Returns an error if they differ,
     * otherwise null. If the comparison depends on the sizes of uploaded parts, it is postponed until the object's end.
     */
    @Nullable
    IOException mismatch(List<SumCells> part) {
        StatedChecksum expected = stated;
        for (SumCells cells : part) {
            if (expected == null || cells.kind() != expected.kind()) {
                continue;
            }
            byte[] found = cells.kind().isCombinable() ? ObjectSums.of(cells).sum() : whole(cells);
            if (expected.value().equals(SumKind.text(found))) {
                return null;
            }
            if (expected.parts() < 2) {
                String text = SumKind.text(
                        expected.parts() == 0 ? found : cells.kind().sum(found));
                return expected.value().equals(text) ? null : new ChecksumMismatch(expected, text);
            }
            if (!cells.kind().isCombinable() || !ObjectSums.of(cells).isComposite(expected.bytes(), expected.parts())) {
                source = Source.HEAD;
            }
            return null;
        }
        return new IOException("no checksum of the bytes was computed");
    }

    private static byte[] whole(SumCells cells) {
        return cells.all().get(0).sum();
    }

    // == for the reader ==

    /** Returns whether the response to a HEAD is needed but has not arrived. */
    boolean isAwaited() {
        return source == Source.HEAD && failure == null && (stated == null || asksForParts);
    }

    /** Returns whether bytes must be held back, because it is not known yet whether the object can be verified. */
    boolean holdsBack() {
        return (option == Checksums.REQUIRE || option == Checksums.ALL) && isAwaited();
    }

    /** Returns an error if the object must be verified but cannot be. Otherwise returns null. */
    @Nullable
    ObjectReadException refusal(ObjectVersion version) {
        StatedChecksum checksum = stated;
        return option == Checksums.REQUIRE && checksum != null && checksum.kind() == null
                ? ReadFailures.unverifiable(version, checksum.value())
                : null;
    }

    /**
     * Registers a callback that is called once, when {@link #isAwaited} becomes false. If it is already false, the
     * callback is not called, and this method returns true.
     */
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

    /** Adds a chunk to the checksum, if the kind of the checksum requires all bytes in order. */
    void read(ByteBuffer chunk, long size) {
        StatedChecksum checksum = stated;
        if (checksum == null || checksum.kind() == null || source != Source.HEAD) {
            return;
        }
        SumKind kind = checksum.kind();
        if (!kind.isCombinable()) {
            DigestSums sums = inOrder == null ? new DigestSums(kind, size, checksum.parts(), usualPart) : inOrder;
            sums.read(chunk);
            inOrder = sums;
        }
    }

    /** Adds the checksums of a part after all its bytes have been read. Called for each part, in order. */
    void add(List<SumCells> part) {
        StatedChecksum checksum = stated;
        if (source != Source.HEAD) {
            return;
        }
        boolean marked = checksum == null || checksum.parts() > 0;
        for (SumCells cells : part) {
            if (cells.kind().isCombinable()) {
                combined.computeIfAbsent(cells.kind(), ObjectSums::new).add(cells, marked);
            }
        }
    }

    /**
     * Compares the checksum of all bytes with the checksum that the store states. If the result depends on the sizes of
     * the uploaded parts, this method requests these sizes. Called after all bytes of the object were read.
     *
     * @return whether {@link #verify} can be called. If not, this method must be called again after the awaited
     *     response has arrived
     */
    boolean compare(ObjectVersion version) {
        if (isAwaited()) {
            // the caller must use this result, and not call isAwaited() again: if the response arrived between the two
            // calls, it would not be compared
            return false;
        }
        StatedChecksum expected = stated;
        if (compared || source != Source.HEAD || expected == null || expected.kind() == null) {
            return true;
        }
        compared = true;
        RangeSums sums = sums(expected.kind());
        if (failure != null || sums == null || sums.length() != version.ref().size() || isOfAnother(version)) {
            return true;
        }
        equal = expected.value().equals(SumKind.text(sums.sum()));
        if (equal || expected.parts() == 0) {
            return true;
        }
        equal = sums.isComposite(expected.bytes(), expected.parts());
        if (!equal) {
            PartsCheck check = new PartsCheck(expected, sums, sums.length());
            parts = check;
            asksForParts = true;
            requested.set(true);
            try {
                request.update(Objects.requireNonNull(requests)
                        .parts(expected.kind(), expected.parts())
                        .takeWhile(part -> check.take(part, version))
                        .subscribe(part -> {}, this::fail, this::known));
            } catch (Throwable t) { // memory has run out
                fail(t);
            }
        }
        return !isAwaited();
    }

    private void known() {
        asksForParts = false;
        wake();
    }

    private @Nullable RangeSums sums(SumKind kind) {
        if (inOrder != null) {
            inOrder.end();
        }
        return kind.isCombinable() ? combined.computeIfAbsent(kind, ObjectSums::new) : inOrder;
    }

    private boolean isOfAnother(ObjectVersion version) {
        StatedChecksum expected = stated;
        return expected != null && expected.etag() != null && !version.hasETag(expected.etag());
    }

    /**
     * Returns the result of the comparison. Must be called after {@link #compare} has returned true.
     *
     * @return whether the object is verified
     * @throws ObjectReadException if the object's bytes do not match the checksum, or if the object must be verified
     *     but cannot be
     */
    boolean verify(ObjectVersion version) {
        Throwable error = failure;
        if (error != null) {
            throw ReadFailures.checksum(version, error);
        }
        ObjectReadException refusal = refusal(version);
        if (refusal != null) {
            throw refusal;
        }
        StatedChecksum expected = stated;
        if (source == Source.NONE || expected == null || expected.kind() == null) {
            return false;
        }
        if (source == Source.ANSWER || equal) {
            return true; // with Source.ANSWER, bytes that differ are never emitted
        }
        if (expected.etag() != null && isOfAnother(version)) {
            throw version.changed(expected.etag(), null);
        }
        if (parts != null) {
            return verify(parts, version);
        }
        throw ReadFailures.altered(
                version, expected, sum(expected.kind(), version.ref().size()));
    }

    private boolean verify(PartsCheck check, ObjectVersion version) {
        String unknown = check.unknown();
        if (unknown == null) {
            check.verify(version);
            return true;
        }
        if (option == Checksums.REQUIRE) {
            throw ReadFailures.unverifiable(version, unknown);
        }
        ChecksumNotes.unknownParts(unknown, version.ref().name());
        return false;
    }

    private String sum(SumKind kind, long size) {
        RangeSums sums = sums(kind);
        return sums != null && sums.length() == size
                ? SumKind.text(sums.sum())
                : "only the sum of " + (sums == null ? 0 : sums.length()) + " bytes";
    }
}
