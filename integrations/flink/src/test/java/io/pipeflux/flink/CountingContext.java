package io.pipeflux.flink;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.jspecify.annotations.Nullable;

/** What an enumerator runs in, with one reader, on the calling thread. It keeps no split. */
final class CountingContext implements SplitEnumeratorContext<ObjectSplit> {

    private final Consumer<ObjectSplit> splits;
    boolean ended;

    @Nullable
    Runnable timer; // what the enumerator does again and again

    CountingContext(Consumer<ObjectSplit> splits) {
        this.splits = splits;
    }

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
        return UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
    }

    @Override
    public void sendEventToSourceReader(int subtask, SourceEvent event) {
        throw new AssertionError("expected no event, but got " + event);
    }

    @Override
    public int currentParallelism() {
        return 1;
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
        return new HashMap<>(Map.of(0, new ReaderInfo(0, "host")));
    }

    @Override
    public void assignSplits(SplitsAssignment<ObjectSplit> assignment) {
        assignment.assignment().forEach((subtask, assigned) -> assigned.forEach(splits));
    }

    @Override
    public void signalNoMoreSplits(int subtask) {
        ended = true;
    }

    @Override
    public <T> void callAsync(Callable<T> call, BiConsumer<T, Throwable> handler) {
        T result;
        try {
            result = call.call();
        } catch (Throwable t) {
            handler.accept(null, t);
            return;
        }
        handler.accept(result, null);
    }

    @Override
    public <T> void callAsync(Callable<T> call, BiConsumer<T, Throwable> handler, long delay, long period) {
        timer = () -> callAsync(call, handler);
    }

    @Override
    public void runInCoordinatorThread(Runnable runnable) {
        runnable.run();
    }
}
