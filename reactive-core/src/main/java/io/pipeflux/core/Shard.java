package io.pipeflux.core;

import reactor.core.publisher.Flux;

/** Keeps every count-th element: of records by their ordinal, of others by their place in the pass. */
final class Shard {

    private final Identity.Share share;
    private final boolean nested;
    private long ordinal;

    private Shard(Identity.Share share, Pass pass) {
        ResumePoint start = pass.start();
        this.share = share;
        this.nested = pass.shard() != null;
        this.ordinal = start == null ? 0 : start.nextRecord();
    }

    static <T> Flux<T> of(Flux<T> source, int count, int index) {
        Identity.Share share = new Identity.Share(count, index);
        return Flux.deferContextual(context -> {
            Pass pass = Pass.current(context);
            Shard shard = new Shard(share, pass);
            return source.filter(shard::keeps).contextWrite(pass.sharded(share)::in); // so that resume points know it
        });
    }

    private boolean keeps(Object element) {
        if (element instanceof RawRecord record) {
            if (nested) {
                throw new IllegalStateException(share + " of records is upstream of another shard, and both go by the"
                        + " records' ordinals, so that some would be kept by nobody: use one shard of all shares");
            }
            return record.ordinal() % share.count() == share.index();
        }
        return ordinal++ % share.count() == share.index();
    }
}
