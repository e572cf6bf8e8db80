package io.pipeflux.flink;

import io.pipeflux.core.PipelineMonitor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;
import org.jspecify.annotations.Nullable;

/** Reads the splits of one subtask, and asks for more splits when only a few bytes remain to be read. */
final class ObjectReader<T> extends SingleThreadMultiplexSourceReaderBase<T, T, ObjectSplit, ObjectReader.Progress<T>> {

    /** Remembers the last emitted element of a split. Used by the task's thread only. */
    static final class Progress<T> {

        private final ObjectSplit split;
        private final ElementKind<T> kind;
        private @Nullable T last;

        Progress(ObjectSplit split, ElementKind<T> kind) {
            this.split = split;
            this.kind = kind;
        }

        ObjectSplit split() {
            T emitted = last;
            return emitted == null ? split : kind.after(split, emitted);
        }
    }

    /** The channel and the counters of one subtask. All split readers that Flink creates for the subtask share them. */
    private static final class Shared implements Supplier<OpenChannel> {

        private final SourceChannel channel;
        private final PipelineMonitor monitor;
        private final Counter bytes;
        private final Counter bad;
        private long bytesCounted;
        private long badCounted;
        private volatile @Nullable ObjectSplit reading; // the part of the current split that is still to be read
        private @Nullable OpenChannel open;

        Shared(SourceChannel channel, SourceReaderContext context) {
            this.channel = channel;
            this.monitor = PipelineMonitor.create("flink-" + context.getIndexOfSubtask());
            this.bytes = context.metricGroup().getIOMetricGroup().getNumBytesInCounter();
            this.bad = context.metricGroup().getNumRecordsInErrorsCounter();
        }

        @Override
        public synchronized OpenChannel get() {
            OpenChannel opened = open;
            if (opened == null) {
                opened = channel.open();
                open = opened;
            }
            return opened;
        }

        synchronized void count(ObjectSplit split) {
            reading = split;
            long read = monitor.bytes();
            long skipped = monitor.badRecords();
            bytes.inc(read - bytesCounted);
            bad.inc(skipped - badCounted);
            bytesCounted = read;
            badCounted = skipped;
        }

        /**
         * If {@code element} contains the failure that ended a split, counts this failure. It is missing from the
         * monitor's count, because the monitor counts only skipped records.
         */
        synchronized void countLast(Object element) {
            if (element instanceof ReadResult<?> result
                    && result.failures().stream().anyMatch(ObjectFailure::endsSplit)) {
                bad.inc();
            }
        }

        synchronized void close() {
            OpenChannel opened = open;
            open = null;
            if (opened != null) {
                opened.close();
            }
        }
    }

    private static final long BYTES_AHEAD = 16 << 20;
    private static final int SPLITS_AHEAD = 8;

    private final ElementKind<T> kind;
    private final Shared shared;
    private final Set<String> lastEmitted; // splits whose last element was emitted; used by the task's thread only
    private final Map<String, ObjectSplit> unfinished = new HashMap<>(); // used by the task's thread
    private @Nullable ObjectSplit seen;
    private volatile long pending;
    private boolean started;
    private boolean asked;

    private ObjectReader(
            ElementKind<T> kind,
            Shared shared,
            Set<String> lastEmitted,
            Supplier<SplitReader<T, ObjectSplit>> splitReaders,
            SourceReaderContext context) {
        super(
                splitReaders,
                (element, output, progress) -> {
                    output.collect(element);
                    progress.last = element;
                    if (kind.isLast(element)) {
                        lastEmitted.add(progress.split.splitId());
                        shared.countLast(element);
                    }
                },
                context.getConfiguration(),
                context);
        this.kind = kind;
        this.shared = shared;
        this.lastEmitted = lastEmitted;
    }

    static <T> ObjectReader<T> of(SourceChannel channel, ElementKind<T> kind, SourceReaderContext context) {
        Shared shared = new Shared(channel, context);
        return new ObjectReader<>(
                kind,
                shared,
                new HashSet<>(),
                () -> new ObjectSplitReader<>(shared, kind, shared.monitor, shared::count),
                context);
    }

    @Override
    public void start() {
        context.metricGroup().setPendingBytesGauge(() -> pending);
        // restored splits arrive before start(), but no request is sent then, because the enumerator does not know this
        // reader yet
        started = true;
        askForMore();
    }

    @Override
    public void addSplits(List<ObjectSplit> splits) {
        asked = false;
        for (ObjectSplit split : splits) {
            unfinished.put(split.splitId(), split);
        }
        super.addSplits(splits);
        askForMore();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
        InputStatus status = super.pollNext(output);
        ObjectSplit reading = shared.reading;
        // equals() is cheap, because both variables usually refer to the same object
        if (reading != null && !Objects.equals(reading, seen)) {
            seen = reading;
            unfinished.computeIfPresent(reading.splitId(), (id, before) -> reading);
            askForMore();
        }
        return status;
    }

    @Override
    protected void onSplitFinished(Map<String, Progress<T>> finished) {
        unfinished.keySet().removeAll(finished.keySet());
        lastEmitted.removeAll(finished.keySet());
        askForMore();
    }

    @Override
    public List<ObjectSplit> snapshotState(long checkpoint) {
        List<ObjectSplit> splits = super.snapshotState(checkpoint);
        return lastEmitted.isEmpty()
                ? splits
                : splits.stream()
                        .filter(split -> !lastEmitted.contains(split.splitId()))
                        .toList();
    }

    /**
     * Requests more splits if only a few bytes remain. This is early enough to fetch the next object before the current
     * one ends, and late enough to leave some splits for the other subtasks.
     */
    private void askForMore() {
        long left = 0;
        long known = 0;
        for (ObjectSplit split : unfinished.values()) {
            left += split.left();
            known += split.knownLeft();
        }
        pending = left;
        if (started && !asked && known < BYTES_AHEAD && unfinished.size() < SPLITS_AHEAD) {
            asked = true;
            context.sendSplitRequest();
        }
    }

    @Override
    protected Progress<T> initializedState(ObjectSplit split) {
        return new Progress<>(split, kind);
    }

    @Override
    protected ObjectSplit toSplitType(String id, Progress<T> progress) {
        return progress.split();
    }

    @Override
    public void close() throws Exception {
        try {
            super.close();
        } finally {
            shared.close();
        }
    }
}
