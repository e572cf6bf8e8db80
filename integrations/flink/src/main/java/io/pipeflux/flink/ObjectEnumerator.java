package io.pipeflux.flink;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assigns objects to the readers that ask for them, in the order of the list. All methods run on the coordinator's
 * thread. The list is read one object at a time, on the coordinator's worker thread.
 */
final class ObjectEnumerator implements SplitEnumerator<ObjectSplit, ListingState> {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectEnumerator.class);

    private final SplitEnumeratorContext<ObjectSplit> context;
    private final ObjectLister lister;
    private final @Nullable Duration period;
    private final @Nullable RecentObjects recent;
    private final Deque<ObjectSplit> returned;
    private final Set<Integer> waiting = new LinkedHashSet<>();
    private ListingState state;
    private boolean listing;
    private boolean exhausted;
    private final AtomicLong listed = new AtomicLong();
    private final AtomicLong divided = new AtomicLong();
    private volatile long late;

    /**
     * @param period the time between two listings of a continuous channel, or null if the channel is bounded
     * @param recent selects the new objects by their modification times; null if new objects are selected by their keys
     */
    ObjectEnumerator(
            SplitEnumeratorContext<ObjectSplit> context,
            ObjectLister lister,
            @Nullable Duration period,
            @Nullable RecentObjects recent,
            ListingState state) {
        this.context = context;
        this.lister = lister;
        this.period = period;
        this.recent = recent;
        this.state = state;
        this.returned = new ArrayDeque<>(state.returned());
    }

    @Override
    public void start() {
        context.metricGroup().setUnassignedSplitsGauge(() -> (long) returned.size());
        context.metricGroup().gauge("listedObjects", listed::get);
        context.metricGroup().gauge("dividedObjects", divided::get);
        if (period != null) {
            context.metricGroup().gauge("lateObjects", () -> late);
            context.callAsync(() -> true, (tick, error) -> lookAgain(), period.toMillis(), period.toMillis());
        }
    }

    private void lookAgain() {
        exhausted = false;
        serve();
    }

    @Override
    public void addReader(int subtask) {}

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {
        waiting.add(subtask);
        serve();
    }

    @Override
    public void addSplitsBack(List<ObjectSplit> splits, int subtask) {
        waiting.remove(subtask); // the reader failed; its successor will ask again
        returned.addAll(splits);
        serve();
    }

    private void serve() {
        waiting.retainAll(context.registeredReaders().keySet());
        while (!waiting.isEmpty() && !returned.isEmpty()) {
            context.assignSplit(returned.remove(), takeWaiting());
        }
        while (!waiting.isEmpty() && exhausted && period == null) {
            context.signalNoMoreSplits(takeWaiting());
        }
        if (!waiting.isEmpty() && !exhausted && !listing) {
            listing = true;
            context.callAsync(lister::next, this::found);
        }
    }

    private int takeWaiting() {
        int first = waiting.iterator().next();
        waiting.remove(first);
        return first;
    }

    private void found(ObjectLister.@Nullable Found found, @Nullable Throwable error) {
        listing = false;
        if (found == null) {
            throw new FlinkRuntimeException("could not list the objects of the source", error);
        }
        found.change().run();
        reportLate(found.late());
        List<ObjectSplit> splits = found.splits();
        if (splits.isEmpty()) {
            exhausted = true;
        } else {
            listed.incrementAndGet();
            divided.addAndGet(splits.size() > 1 ? 1 : 0);
            returned.addAll(splits); // not assigned directly, because the waiting reader may have failed
            ObjectSplit split = splits.get(0);
            state = new ListingState(
                    split.epoch(),
                    split.ordinal() + 1,
                    found.hash(),
                    split.object().key(),
                    List.of(),
                    null);
        }
        serve();
    }

    private void reportLate(long count) {
        if (count > late) {
            late = count;
            if (recent == null) {
                LOG.warn(
                        "{} objects appeared whose keys sort before {}, which was read already; they are not read. Name"
                                + " new objects in ascending order",
                        count,
                        state.last());
            } else {
                LOG.warn(
                        "{} objects appeared whose times of modification are older than the overlap allows; they are"
                                + " not read. Use a longer overlap",
                        count);
            }
        }
    }

    @Override
    public ListingState snapshotState(long checkpoint) {
        return new ListingState(
                state.epoch(),
                state.next(),
                state.hash(),
                state.last(),
                new ArrayList<>(returned),
                recent == null ? null : recent.state());
    }

    @Override
    public void close() {
        lister.close();
    }
}
