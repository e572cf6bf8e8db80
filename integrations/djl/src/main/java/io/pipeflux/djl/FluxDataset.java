package io.pipeflux.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.util.Progress;
import io.pipeflux.records.batch.ColumnBatch;
import java.util.Iterator;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** A data set whose batches come from a pipeline. Each iteration subscribes to the pipeline once. */
final class FluxDataset implements Dataset {

    private final Flux<ColumnBatch> batches;
    private final BiFunction<ColumnBatch, NDManager, Batch> bridge;

    FluxDataset(Flux<ColumnBatch> batches, BiFunction<ColumnBatch, NDManager, Batch> bridge) {
        this.batches = batches;
        this.bridge = bridge;
    }

    @Override
    public Iterable<Batch> getData(NDManager manager) {
        return () -> new Epoch(manager, batches.toStream(1));
    }

    @Override
    public void prepare(@Nullable Progress progress) {}

    private final class Epoch implements Iterator<Batch> {

        private final NDManager manager;
        private final Iterator<ColumnBatch> columns;
        private final String cancel = NDManager.nextUid();

        Epoch(NDManager manager, Stream<ColumnBatch> stream) {
            this.manager = manager;
            this.columns = stream.iterator();
            try {
                manager.attachInternal(cancel, stream);
            } catch (Throwable t) {
                stream.close();
                throw t;
            }
        }

        @Override
        public boolean hasNext() {
            boolean more = false;
            try {
                more = columns.hasNext();
                return more;
            } finally {
                if (!more) {
                    manager.detachInternal(cancel);
                }
            }
        }

        @Override
        public Batch next() {
            return bridge.apply(columns.next(), manager);
        }
    }
}
