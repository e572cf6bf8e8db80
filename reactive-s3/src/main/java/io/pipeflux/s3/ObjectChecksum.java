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
 * The checksum of an object: what the store states, and the sums of the bytes that have arrived.
 *
 * <pre>
 *   one part       GET with the checksum --all bytes summed--&gt; equal: handed on    different: fetched again
 *   more parts     HEAD, GET, GET, ...   --each MiB summed---&gt; combined at the end  different: an error
 *   of the sums of uploaded parts        --each MiB summed---&gt; combined to parts    different: HEADs of these parts
 * </pre>
 *
 * The bytes are summed by the threads of the client, where they arrive. The reader combines the sums of the parts.
 */
final class ObjectChecksum {

    /** Asks the store about the object. */
    interface Requests {

        /** Returns the checksum of the object. */
        Mono<StatedChecksum> checksum();

        /** Returns the parts in which the object was uploaded, in order. */
        Flux<UploadedPart> parts(SumKind kind, int count);
    }

    private enum Source {
        /** The object is not verified. */
        NONE,
        /** The answer to the only GET states the checksum. */
        ANSWER,
        /** The answer to a HEAD states the checksum, or the only GET's does, but cannot be compared before the end. */
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

    // the reader's
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

    /** Called before the first GET is sent. */
    void use(Requests requests) {
        this.requests = requests;
    }

    /** Sends the HEAD, if one is needed and was not sent. */
    void request() {
        if (isAwaited() && requested.compareAndSet(false, true)) {
            try {
                request.update(Objects.requireNonNull(requests).checksum().subscribe(this::state, this::fail));
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
        asksForParts = false;
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

    /**
     * Returns what differs if the bytes of the only part are not those that the store states, or null. If that depends
     * on the sizes of uploaded parts, it is decided at the object's end.
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
        return new IOException("the bytes were not summed");
    }

    private static byte[] whole(SumCells cells) {
        return cells.all().get(0).sum();
    }

    // == the reader's side ==

    /** Returns whether the answer to a HEAD is still to come. */
    boolean isAwaited() {
        return source == Source.HEAD && failure == null && (stated == null || asksForParts);
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

    /** Called with each chunk of an object of this size, for kinds that need all bytes in order. */
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

    /** Called with the sums of each part, in order, when all of its bytes were read. */
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
     * Called when all of the object's bytes were read. Compares their sum with the one that the store states, and asks
     * for the sizes of the uploaded parts if these decide.
     *
     * @return whether {@link #verify} can be called; otherwise, an answer is awaited, and this must be called again
     */
    boolean compare(ObjectVersion version) {
        if (isAwaited()) { // only once: the answer may arrive at any time, and would not be compared
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
            } catch (Throwable t) { // out of memory
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
     * Returns the result of the comparison, after {@link #compare} has returned true.
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
        if (source == Source.ANSWER || equal) {
            return true; // the bytes of an answer would not have been handed on otherwise
        }
        if (expected.etag() != null && isOfAnother(version)) {
            throw version.changed(expected.etag(), null);
        }
        if (parts != null) {
            return verify(parts, version);
        }
        throw S3Failures.altered(
                version, expected, sum(expected.kind(), version.ref().size()));
    }

    private boolean verify(PartsCheck check, ObjectVersion version) {
        String unknown = check.unknown();
        if (unknown == null) {
            check.verify(version);
            return true;
        }
        if (option == Checksums.REQUIRE) {
            throw S3Failures.unverifiable(version, unknown);
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
