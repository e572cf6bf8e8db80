package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.GuardedSubscriber;
import io.pipeflux.core.internal.RowArrival;
import io.pipeflux.core.internal.RunSubscriber;
import io.pipeflux.core.internal.Share;
import io.pipeflux.core.internal.SourceAttr;
import io.pipeflux.core.internal.Throwables;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/**
 * Keeps every {@code count}-th element. Records are selected by their ordinals, and other elements by their position in
 * the pass. The signals for the beginning and the end of a run are passed on to downstream. Chunks are not passed on
 * for reuse, because a user's hook may have kept a discarded record of such a chunk.
 */
final class Shard<T> extends GuardedSubscriber<T, T> implements RunSubscriber<T> {

    private static final CoreAccess CORE = CoreAccess.get();

    private final @Nullable RunSubscriber<? super T> runs;
    private final Context context;
    private final Share share;
    private final boolean nested;
    private final @Nullable ResumePoint inside; // the start point, or null if it is not inside an epoch
    private long ordinal;

    private Shard(CoreSubscriber<? super T> actual, Share share) {
        super(actual);
        this.runs = RunSubscriber.of(actual);
        Pass pass = Pass.current(actual.currentContext());
        this.context = CORE.in(CORE.sharded(pass, share), actual.currentContext()); // resume points contain the share
        this.share = share;
        this.nested = CORE.shard(pass) != null;
        this.inside = CORE.startsInsideEpoch(pass) ? pass.start() : null;
    }

    static <T> Flux<T> of(Flux<T> source, int count, int index) {
        Share share = new Share(count, index);
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                Shard<T> shard;
                try {
                    shard = new Shard<>(actual, share);
                } catch (Throwable t) {
                    Throwables.refuse(actual, Throwables.toSignal(t, actual.currentContext()));
                    return;
                }
                shard.subscribeTo(source);
            }
        };
    }

    @Override
    protected @Nullable T result(T element) {
        return keeps(element) ? element : null;
    }

    @Override
    public void runBegins() {
        if (runs != null) {
            runs.runBegins();
        }
    }

    @Override
    public void runEnds() {
        if (runs != null) {
            runs.runEnds();
        }
    }

    @Override
    public Context currentContext() {
        return context;
    }

    private boolean keeps(Object element) {
        if (element instanceof RawRecord record) {
            if (nested) {
                throw new IllegalStateException(share + " of records is upstream of another shard, and both select by"
                        + " record ordinals, so some records would be in no share: use a single shard");
            }
            return record.ordinal() % share.count() == share.index();
        }
        if (inside != null) {
            throw new IllegalArgumentException(share + " of elements that are not records cannot begin inside an epoch"
                    + " (" + inside + "), since the point counts records, and not these elements: shard the records,"
                    + " before they are mapped or batched");
        }
        return ordinal++ % share.count() == share.index();
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        return key == SourceAttr.ROWS ? RowArrival.of(upstream()) : super.scanUnsafe(key);
    }
}
