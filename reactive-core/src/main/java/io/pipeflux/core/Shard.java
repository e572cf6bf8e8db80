package io.pipeflux.core;

import reactor.core.publisher.Flux;

/** Keeps every count-th element: of records by their ordinal, of others by their place in the pass. */
final class Shard {

    private final int count;
    private final int index;
    private long ordinal;

    private Shard(int count, int index, long ordinal) {
        this.count = count;
        this.index = index;
        this.ordinal = ordinal;
    }

    static <T> Flux<T> of(Flux<T> source, int count, int index) {
        return Flux.deferContextual(context -> {
            ResumePoint start = Pass.current(context).start();
            Shard shard = new Shard(count, index, start == null ? 0 : start.nextRecord());
            return source.filter(shard::keeps);
        });
    }

    private boolean keeps(Object element) {
        long at = element instanceof RawRecord record ? record.ordinal() : ordinal++;
        return at % count == index;
    }
}
