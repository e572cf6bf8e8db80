package io.pipeflux.flink;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.channel.ObjectRef;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Reads splits one after another, on one of Flink's threads. The bytes of waiting splits are prefetched while the
 * channel's window has room.
 */
final class ObjectSplitReader<T> implements SplitReader<T, ObjectSplit> {

    private final Supplier<OpenChannel> channel;
    private final ElementKind<T> kind;
    private final PipelineMonitor monitor;
    private final Consumer<ObjectSplit> onProgress;
    private final Queue<ObjectSplit> waiting = new ArrayDeque<>();
    private final Sinks.Many<ObjectRef> refs = Sinks.many().unicast().onBackpressureBuffer();
    private @Nullable Portion<ObjectBytes> objects;
    private @Nullable ObjectSplit split; // the unread part of the current split
    // the current split's own window, or null if the split uses the shared window or its object has arrived
    private @Nullable Portion<ObjectBytes> alone;
    private volatile @Nullable Portion<?> awaited;
    private volatile boolean woken;
    private @Nullable Portion<T> elements;

    /**
     * @param channel returns the open channel that all readers of a subtask share, and opens it if necessary
     * @param onProgress receives the unread part of the split each time elements have been read
     */
    ObjectSplitReader(
            Supplier<OpenChannel> channel,
            ElementKind<T> kind,
            PipelineMonitor monitor,
            Consumer<ObjectSplit> onProgress) {
        this.channel = channel;
        this.kind = kind;
        this.monitor = monitor;
        this.onProgress = onProgress;
    }

    @Override
    public void handleSplitsChanges(SplitsChange<ObjectSplit> change) {
        if (!(change instanceof SplitsAddition)) {
            throw new IllegalArgumentException("expected added splits, but got " + change);
        }
        for (ObjectSplit added : change.splits()) {
            waiting.add(added);
            if (isReadInOrder(added)) {
                refs.emitNext(added.object(), Sinks.EmitFailureHandler.FAIL_FAST);
            }
        }
    }

    @Override
    public RecordsWithSplitIds<T> fetch() throws IOException {
        RecordsBySplits.Builder<T> fetched = new RecordsBySplits.Builder<>();
        try {
            if (elements == null && !begin()) {
                return fetched.build();
            }
            Portion<T> from = Objects.requireNonNull(elements);
            ObjectSplit reads = Objects.requireNonNull(split);
            List<T> taken = await(from);
            if (!taken.isEmpty()) {
                fetched.addAll(reads.splitId(), taken);
                split = kind.after(reads, taken.get(taken.size() - 1));
            }
            onProgress.accept(split);
            if (from.isEnded()) {
                fetched.addFinishedSplit(reads.splitId());
                elements = null;
                split = null;
            }
            return fetched.build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading " + split, e);
        } catch (IOException | RuntimeException | Error e) {
            IOException explained = wrongBorder(e);
            if (explained != null) {
                throw explained;
            }
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    /**
     * Begins the next split. Returns false if no split is waiting, or if a wake-up ended the wait for the split's
     * object.
     */
    private boolean begin() throws Throwable {
        if (split == null) {
            split = waiting.poll();
        }
        ObjectSplit next = split;
        if (next == null) {
            return false;
        }
        Portion<ObjectBytes> from = isReadInOrder(next) ? inOrder() : alone(next);
        List<ObjectBytes> object = await(from);
        if (object.isEmpty()) {
            if (from.isEnded()) {
                throw new IOException("expected object " + next.object().key() + ", but got the end of the objects");
            }
            return false;
        }
        alone = null; // no longer needed, because the object's bytes are now read for its elements
        Portion<T> portion = Portion.ahead(kind::bytes);
        kind.decode(next, Flux.just(ofSplit(object.get(0), next)))
                .contextWrite(Pass.resumeAt(next.start()))
                .contextWrite(monitor.watch())
                .subscribe(portion);
        elements = portion;
        return true;
    }

    /**
     * Returns whether the split is read through the shared window. This window fetches whole objects from the
     * beginning.
     */
    private static boolean isReadInOrder(ObjectSplit split) {
        return split.isWhole() && split.at() == null;
    }

    private Portion<ObjectBytes> inOrder() {
        Portion<ObjectBytes> shared = objects == null ? open(channel.get().read(refs.asFlux())) : objects;
        objects = shared;
        return shared;
    }

    /** Returns the split's own window, and opens it if necessary. This window fetches only the bytes of the split. */
    private Portion<ObjectBytes> alone(ObjectSplit next) {
        Portion<ObjectBytes> own = alone == null ? open(channel.get().read(next.object(), next.to())) : alone;
        alone = own;
        return own;
    }

    private Portion<ObjectBytes> open(Flux<ObjectBytes> read) {
        Portion<ObjectBytes> opened = Portion.ofOne();
        read.contextWrite(monitor.watch()).subscribe(opened);
        return opened;
    }

    private <E> List<E> await(Portion<E> portion) throws Throwable {
        awaited = portion;
        try {
            return woken ? List.of() : portion.take();
        } finally {
            awaited = null;
            woken = false; // a wake-up that has arrived needs no further action, because fetch() returns now
        }
    }

    /** Returns a copy of the object with the split's ordinal. The copy ends at the end of the split. */
    private static ObjectBytes ofSplit(ObjectBytes object, ObjectSplit split) {
        ObjectBytes numbered = ObjectBytes.of(
                        object.key(), split.ordinal(), object.size(), object.etag(), object::bytes)
                .withVersion(object.version());
        return split.to() == object.size() ? numbered : numbered.upTo(split.to());
    }

    /**
     * Returns an exception that names a possible cause of the error: the split's range begins or ends inside a record.
     * Returns null if this cannot be the cause.
     */
    private @Nullable IOException wrongBorder(Throwable error) {
        ObjectSplit reads = split;
        return reads == null
                        || reads.isWhole()
                        || !(error instanceof CorruptRecordException || error instanceof TruncatedInputException)
                ? null
                : new IOException(
                        "expected records in " + reads.object().key() + " that begin at byte " + reads.from()
                                + " and end at byte " + reads.to() + ", but got none there or a damaged one: if the"
                                + " object has an index, it may be of another object; write it anew ("
                                + error.getMessage() + ")",
                        error);
    }

    @Override
    public void wakeUp() {
        woken = true; // set first, because otherwise a wait that begins now would miss the wake-up
        Portion<?> waitsFor = awaited;
        if (waitsFor != null) {
            waitsFor.wakeUp();
        }
    }

    @Override
    public void close() {
        if (elements != null) {
            elements.cancel();
        }
        if (alone != null) {
            alone.cancel();
        }
        if (objects != null) {
            objects.cancel();
        }
    }
}
