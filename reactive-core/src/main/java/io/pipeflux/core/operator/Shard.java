package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Share;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Keeps every count-th element: records by their ordinal, other elements by their place in the pass. */
final class Shard {

    private static final CoreAccess CORE = CoreAccess.get();

    private final Share share;
    private final boolean nested;
    private final @Nullable ResumePoint inside; // the start point if it is inside an epoch
    private long ordinal;

    private Shard(Share share, Pass pass) {
        this.share = share;
        this.nested = CORE.shard(pass) != null;
        this.inside = CORE.startsInsideEpoch(pass) ? pass.start() : null;
    }

    static <T> Flux<T> of(Flux<T> source, int count, int index) {
        Share share = new Share(count, index);
        return Flux.deferContextual(context -> {
            Pass pass = Pass.current(context);
            Shard shard = new Shard(share, pass);
            Pass sharded = CORE.sharded(pass, share); // so that resume points record it
            return source.filter(shard::keeps).contextWrite(upstream -> CORE.in(sharded, upstream));
        });
    }

    private boolean keeps(Object element) {
        if (element instanceof RawRecord record) {
            if (nested) {
                throw new IllegalStateException(share + " of records is upstream of another shard, and both select by"
                        + " record ordinals, so that some records would be in no share: use one shard of all shares");
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
}
